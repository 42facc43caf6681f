using McpHub.Actors.Servers;

namespace McpHub.Scenarios.Fidelity;

/// <summary>A server that answers by the text it was given and keeps the text that it was sent.</summary>
internal abstract class ScriptedPeer(string id, Era era) : IAsyncDisposable
{
    public string Id => id;

    public Era Era => era;

    public abstract ServerDefinition Definition { get; }

    /// <summary>Whether messages to it have no line breaks, because they are framed by lines.</summary>
    public virtual bool HearsOnOneLine => false;

    /// <summary>Whether messages from it have none.</summary>
    public virtual bool SpeaksOnOneLine => false;

    /// <summary>By method, or by method and name or URI: the messages that answer it, <c>$ID$</c> and <c>$TOKEN$</c> to be filled in.</summary>
    protected Dictionary<string, string[]> Answers { get; } = [];

    public abstract IReadOnlyList<string> Received { get; }

    /// <summary>The only request of a method whose text has this in it.</summary>
    public string TheRequest(string method, string mark) =>
        Assert.Single(Received, request => request.Contains($"\"method\":\"{method}\"", StringComparison.Ordinal) && request.Contains(mark, StringComparison.Ordinal));

    /// <summary>The members of a result; a modern server adds its own before them.</summary>
    public void Result(string question, string members) =>
        Answers[question] = [Framed($$$"""{"jsonrpc":"2.0","id":$ID$,"result":{{{{(era == Era.Modern ? "\"resultType\":\"complete\"," : "")}}}{{{members}}}}}""")];

    public void Error(string question, string error) => Answers[question] = [Framed($$$"""{"jsonrpc":"2.0","id":$ID$,"error":{{{error}}}}""")];

    /// <summary>Progress, then a result.</summary>
    public void Progress(string question, string members, string result) =>
        Before(question, $$$"""{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":$TOKEN$,{{{members}}}}}""", result);

    /// <summary>A message, then a result.</summary>
    public void Before(string question, string message, string result)
    {
        Result(question, result);
        Answers[question] = [Framed(message), .. Answers[question]];
    }

    /// <summary>A tool result that makes the whole message exactly this long.</summary>
    public void ResultOfBytes(string question, int bytes) => Result(question, $$"""
        "content":[{"type":"text","text":"$FILL:{{bytes}}$"}]
        """);

    /// <summary>What the hub asks before anything else.</summary>
    public void Introduce()
    {
        const string capabilities = """
            "capabilities":{"tools":{},"prompts":{},"resources":{},"completions":{}}
            """;
        Result("server/discover", $$"""
            "supportedVersions":["2026-07-28"],{{capabilities}},"ttlMs":0,"cacheScope":"private","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"scripted","version":"1"} }
            """);
        Result("initialize", $$"""
            "protocolVersion":"2025-11-25",{{capabilities}},"serverInfo":{"name":"scripted","version":"1"}
            """);
        Result("ping", "");
        foreach (var (method, member) in new[] { ("tools/list", "tools"), ("prompts/list", "prompts"), ("resources/list", "resources"), ("resources/templates/list", "resourceTemplates") })
        {
            List(method, member, []);
        }
    }

    public void List(string method, string member, params string[] items) => Result(method, $$"""
        "{{member}}":[{{string.Join(',', items)}}]{{(era == Era.Modern ? ",\"ttlMs\":3600000,\"cacheScope\":\"public\"" : "")}}
        """);

    /// <summary>Begins to serve.</summary>
    public abstract Task StartAsync();

    public abstract ValueTask DisposeAsync();

    /// <summary>A message at its length: <c>$FILL:N$</c> becomes as many letters as make it N bytes.</summary>
    protected static string Filled(string message)
    {
        var start = message.IndexOf("$FILL:", StringComparison.Ordinal);
        if (start < 0)
        {
            return message;
        }

        var end = message.IndexOf('$', start + 1) + 1;
        var rest = System.Text.Encoding.UTF8.GetByteCount(message) - (end - start);
        var bytes = int.Parse(message.AsSpan(start + 6, end - start - 7), System.Globalization.CultureInfo.InvariantCulture);
        return string.Concat(message.AsSpan(0, start), new string('x', bytes - rest), message.AsSpan(end));
    }

    /// <summary>A message as this server can send it.</summary>
    private string Framed(string message) => SpeaksOnOneLine ? Payloads.OnOneLine(message) : message;
}
