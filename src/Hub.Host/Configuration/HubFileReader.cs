using McpHub.Actors.Configuration;
using McpHub.Protocol.Errors;

namespace McpHub.Host.Configuration;

/// <summary>
/// Reads the hub's configuration: a file of Claude, Cursor or Copilot (<c>mcpServers</c>) or of VS Code (<c>servers</c>, <c>inputs</c>), unchanged,
/// or one with the hub's own additions (<c>x-hub</c>, <c>hub</c>).
/// </summary>
/// <param name="environment">Looks up an environment variable; <c>null</c> if it is not set.</param>
internal sealed class HubFileReader(Func<string, string?> environment)
{
    private static readonly string[] Keys = [.. ServersSection.Keys, "inputs", "hub", "version", "$schema"];

    /// <summary>A reader that takes variables from the process's environment.</summary>
    public HubFileReader()
        : this(Environment.GetEnvironmentVariable)
    {
    }

    /// <summary>Reads a file from disk.</summary>
    /// <returns>The file; not <see cref="HubFile.Usable"/> if it is missing, unreadable or not JSON.</returns>
    public HubFile Read(string path)
    {
        try
        {
            return Parse(ReadBounded(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            var reason = e switch
            {
                FileNotFoundException or DirectoryNotFoundException => "it does not exist",
                UnauthorizedAccessException when Directory.Exists(path) => "it is a directory",
                UnauthorizedAccessException => "permission denied",
                _ => e.Message,
            };
            var report = new ConfigReport(path);
            report.Error(HubErrors.FileUnreadable, default, ("reason", reason));
            return new HubFile(path, [], new HubFileSettings(), report.Diagnostics);
        }
    }

    /// <summary>Reads a file's content.</summary>
    /// <param name="content">UTF-8.</param>
    /// <param name="path">What to call the file.</param>
    public HubFile Parse(ReadOnlySpan<byte> content, string path)
    {
        var report = new ConfigReport(path);
        var (node, reason, at) = JsoncParser.Parse(content);
        if (node is null)
        {
            report.Error(HubErrors.ConfigNotJson, at, ("reason", reason));
            return new HubFile(path, [], new HubFileSettings(), report.Diagnostics);
        }

        var root = new ConfigView(node, "", report);
        if (node.Kind != ConfigKind.Object)
        {
            report.WrongValue(root with { Path = "the file" }, "a JSON object");
            return new HubFile(path, [], new HubFileSettings(), report.Diagnostics);
        }

        var members = root.Members();
        Unknown(members, report);
        if (members.TryGetValue("version", out var version) && version.Value.Node is not { Kind: ConfigKind.Number, Text: "1" })
        {
            report.WrongValue(version.Value, "1");
        }

        var settings = members.TryGetValue("hub", out var hub) ? HubSection.Read(hub.Value) : new HubFileSettings();
        var inputs = members.TryGetValue("inputs", out var declared) ? InputsSection.Read(declared.Value) : [];
        var servers = ServersSection.Read(members, new Variables(environment, inputs), report);
        if (!ServersSection.Keys.Any(members.ContainsKey))
        {
            var near = members.Keys.Select(key => (Key: key, Meant: Suggestion.For(key, ServersSection.Keys)))
                .FirstOrDefault(pair => pair.Meant is not null && !Keys.Contains(pair.Key, StringComparer.Ordinal));
            report.Error(HubErrors.NoServers, node.At, ("suggestion", near.Meant is null ? "" : $"; did you mean \"{near.Meant}\" by \"{near.Key}\"?"));
        }

        var all = report.Diagnostics.Concat(servers.SelectMany(server => server.Problems)).OrderBy(diagnostic => diagnostic.At.Line).ThenBy(diagnostic => diagnostic.At.Column);
        return new HubFile(path, servers, settings, [.. all]);
    }

    /// <summary>Not by its length: a pipe and a device have none. One byte over the limit is enough to see that it is over.</summary>
    private static ReadOnlySpan<byte> ReadBounded(string path)
    {
        using var file = File.OpenRead(path);
        var buffer = new byte[16 * 1024];
        var count = 0;
        while (count <= JsoncParser.MaxBytes && file.Read(buffer, count, buffer.Length - count) is var read and > 0)
        {
            count += read;
            if (count == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }
        }

        return buffer.AsSpan(0, count);
    }

    private static void Unknown(IReadOnlyDictionary<string, ConfigEntry> members, ConfigReport report)
    {
        foreach (var (name, at, value) in members.Values.Where(member => !Keys.Contains(member.Name, StringComparer.Ordinal)))
        {
            var suggestion = name == "x-hub" ? "it stands in a server; what concerns the whole hub stands under \"hub\"" : Suggestion.Sentence(name, Keys);
            report.Warning(HubErrors.ForeignKey, at, ("path", value.Path), ("suggestion", suggestion.Length > 0 ? suggestion : "a key of another client: left alone"));
        }
    }
}
