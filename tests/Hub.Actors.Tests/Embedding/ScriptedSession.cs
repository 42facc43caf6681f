using System.Globalization;
using System.Text.Json;
using McpHub.Protocol.Revisions;
using McpHub.TestSupport;

namespace McpHub.Actors.Tests.Embedding;

/// <summary>A session whose server is the test.</summary>
internal sealed class ScriptedSession : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private ScriptedSession(ClientSession session, ScriptedTransport server, JsonElement hello) => (Session, Server, Hello) = (session, server, hello);

    public ClientSession Session { get; }

    public ScriptedTransport Server { get; }

    /// <summary>The <c>initialize</c> or <c>server/discover</c> that the session sent.</summary>
    public JsonElement Hello { get; }

    public static async Task<ScriptedSession> LegacyAsync(ClientSessionOptions? options = null, string capabilities = """{"tools":{}}""", string revision = "2025-11-25", TransportKind kind = TransportKind.Channel)
    {
        var server = new ScriptedTransport(kind);
        var session = new ClientSession(server, options);
        var opening = session.InitializeAsync();
        server.ReplyError(await server.ExpectAsync(MethodNames.Discover), -32601);
        var hello = await server.ExpectAsync(MethodNames.Initialize);
        server.Reply(hello, $$$"""{"protocolVersion":"{{{revision}}}","capabilities":{{{capabilities}}},"serverInfo":{"name":"scripted","version":"1"}}""");
        await server.ExpectAsync(MethodNames.Initialized);
        await opening.WaitAsync(Patience);
        return new ScriptedSession(session, server, hello);
    }

    public static async Task<ScriptedSession> ModernAsync(ClientSessionOptions? options = null, string capabilities = """{"tools":{}}""", TransportKind kind = TransportKind.Channel)
    {
        var server = new ScriptedTransport(kind);
        var session = new ClientSession(server, options);
        var opening = session.InitializeAsync();
        var hello = await server.ExpectAsync(MethodNames.Discover);
        server.Reply(hello, $$$"""{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{{{capabilities}}},"ttlMs":0,"cacheScope":"public"}""");
        await opening.WaitAsync(Patience);
        return new ScriptedSession(session, server, hello);
    }

    /// <summary>The server asks something.</summary>
    public void Ask(string id, string method, string parameters = "{}", long? exchange = null) =>
        Server.Send($$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"{{{method}}}","params":{{{parameters}}}}""", exchange);

    public void Notify(string method, string parameters, long? exchange = null) =>
        Server.Send($$$"""{"jsonrpc":"2.0","method":"{{{method}}}","params":{{{parameters}}}}""", exchange);

    /// <summary>The session's answer to a request of the server, which must be the next thing it writes.</summary>
    public async Task<JsonElement> AnswerAsync(string id)
    {
        var answer = await Server.ExpectAsync(null);
        Assert.Equal(id, answer.GetProperty("id").GetRawText());
        return answer;
    }

    /// <summary>Likewise, and it must be an error of this code.</summary>
    public async Task<string> RefusalAsync(string id, int code)
    {
        var error = (await AnswerAsync(id)).GetProperty("error");
        Assert.Equal(code.ToString(CultureInfo.InvariantCulture), error.GetProperty("code").GetRawText());
        return error.GetRawText();
    }

    /// <summary>All that was said before this was handled, and the session works.</summary>
    public async Task WorksAsync()
    {
        var call = Session.CallToolAsync("works");
        Server.Reply(await Server.ExpectAsync(MethodNames.ToolsCall), Session.Era == Era.Modern ? """{"resultType":"complete","content":[]}""" : """{"content":[]}""");
        await call.WaitAsync(Patience);
    }

    public ValueTask DisposeAsync() => Session.DisposeAsync();
}
