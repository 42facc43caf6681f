namespace McpHub;

/// <summary>What a server process inherits of the hub's environment.</summary>
public enum InheritEnvironment
{
    /// <summary>Only HOME, LOGNAME, PATH, SHELL, TERM, USER, LANG, TZ and TMPDIR (on Windows the corresponding names).</summary>
    AllowList,

    /// <summary>Everything. The server sees the hub's secrets.</summary>
    All,

    /// <summary>Nothing.</summary>
    None,
}

/// <summary>A server that runs as a child process and speaks over standard input and output. No shell is ever involved.</summary>
public sealed record StdioServerParameters : ServerParameters
{
    /// <summary>A command and its arguments.</summary>
    /// <param name="command">The executable: a name that is looked up on the hub's PATH (whatever PATH the server gets), or a path, which is relative to <see cref="Cwd"/> if it is relative.</param>
    /// <param name="args">Its arguments, passed on as they are.</param>
    /// <exception cref="HubException"><c>HUB1001</c>: the command is empty.</exception>
    public StdioServerParameters(string command, params IReadOnlyList<string> args)
    {
        if (string.IsNullOrWhiteSpace(command))
        {
            throw Invalid("the command of a stdio server must not be empty");
        }

        (Command, Args) = (command, [.. args]);
    }

    /// <summary>A command as a list: the first item is the executable, the rest are arguments.</summary>
    /// <exception cref="HubException"><c>HUB1001</c>: the list or its first item is empty.</exception>
    public StdioServerParameters(IReadOnlyList<string> command)
        : this(command.Count == 0 ? throw Invalid("the command of a stdio server must not be empty") : command[0], [.. command.Skip(1)])
    {
    }

    /// <summary>The executable.</summary>
    public string Command { get; }

    /// <summary>The arguments, without the executable.</summary>
    public IReadOnlyList<string> Args { get; }

    /// <summary>Environment variables set over what is inherited; a <c>null</c> value removes a name.</summary>
    public IReadOnlyDictionary<string, string?> Env { get; init; } = new Dictionary<string, string?>();

    /// <summary>What is inherited of the hub's environment.</summary>
    /// <value>Default <see cref="InheritEnvironment.AllowList"/>.</value>
    public InheritEnvironment InheritEnv { get; init; }

    /// <summary>The working directory; it must exist.</summary>
    /// <value>Default <c>null</c>: the hub's own.</value>
    public string? Cwd { get; init; }
}
