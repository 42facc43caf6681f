namespace McpHub.Host.Configuration;

/// <summary>The <c>hub</c> section of the file.</summary>
internal sealed record HubFileSettings
{
    /// <summary>Where the hub listens. <c>hub.listen</c>; <c>--urls</c> overrides it.</summary>
    /// <value>Default http://127.0.0.1:4747. Loopback only; port 0 takes a free one.</value>
    public Uri Listen { get; init; } = ListenAddress.Default;

    /// <summary>The path of the MCP endpoint. <c>hub.endpoint</c>.</summary>
    /// <value>Default /mcp.</value>
    public string Endpoint { get; init; } = "/mcp";

    /// <summary>When names get the server's id as prefix. <c>hub.naming.prefix</c>.</summary>
    /// <value>Default <see cref="NamingPrefix.Auto"/>.</value>
    public NamingPrefix Prefix { get; init; } = NamingPrefix.Auto;

    /// <summary>What stands between prefix and name. <c>hub.naming.separator</c>.</summary>
    /// <value>Default two underscores. One or two of <c>_ - .</c></value>
    public string Separator { get; init; } = "__";

    /// <summary>The longest name a client sees. <c>hub.naming.maxLength</c>.</summary>
    /// <value>Default 64, from 16 to 128 characters.</value>
    public int MaxNameLength { get; init; } = 64;

    /// <summary>How long after its start the hub holds the first requests of clients for servers with <c>x-hub.required</c>. <c>hub.startup.waitForRequired</c>.</summary>
    /// <value>Default zero: they are waited for like any other server. At most 10 min.</value>
    public TimeSpan WaitForRequired { get; init; }

    /// <summary>Whether one broken server entry keeps the hub from starting. <c>hub.startup.onInvalidServer</c>: <c>fail</c>.</summary>
    /// <value>Default false: the other servers run.</value>
    public bool FailsOnInvalidServer { get; init; }
}

/// <summary>Contract 0.3, "naming".</summary>
internal enum NamingPrefix
{
    /// <summary>Only on a collision; a name once issued stays.</summary>
    Auto,

    /// <summary>Every name.</summary>
    Always,

    /// <summary>No name: of two equal ones, the first server in the file keeps it.</summary>
    Never,
}
