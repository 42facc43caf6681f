namespace McpHub.Samples.Tests.Samples;

/// <summary>The examples of the brief in C#, as processes, against real servers.</summary>
public sealed class ClientSampleTests
{
    [Fact(DisplayName = "UX-01 one stdio server: its name, its tools, the answer of the first one, although it does not know the argument")]
    public async Task One_server()
    {
        var lines = await RunningProcess.RunSampleAsync("BasicClient");

        Assert.Equal("Connected to: notes (2025-11-25)", lines[0]);
        Assert.Equal("Tools: ", lines[1][..7]);
        Assert.Equal(["add_note", "import_notes", "list_notes", "search_notes"], lines[1][7..].Split(", ").Order(StringComparer.Ordinal));
        Assert.StartsWith("Tool result", lines[2], StringComparison.Ordinal);
        Assert.Contains(": ", lines[2], StringComparison.Ordinal);
    }

    [Fact(DisplayName = "UX-02 two servers in one group: their tools by one list, an unknown name is a typed error, one leaves and the other stays")]
    public async Task Two_servers()
    {
        var lines = await RunningProcess.RunSampleAsync("MultiServerClient");

        Assert.Equal("All tools: add_note, audit_orders, get_order, import_notes, list_notes, list_orders, search_notes", lines[0]);
        Assert.StartsWith("Result: {\"id\":7,", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("HUB5101: ", lines[2], StringComparison.Ordinal);
        Assert.EndsWith("add_note, import_notes, list_notes, search_notes", lines[3], StringComparison.Ordinal);
        Assert.Contains("stays connected", lines[4], StringComparison.Ordinal);
    }

    [Fact(DisplayName = "UX-01 the command may be any other server's")]
    public async Task One_server_of_choice()
    {
        var lines = await RunningProcess.RunSampleAsync("BasicClient", "dotnet", TestSupport.TestPeer.Path, "mcp", "--plain", "--name", "other");

        Assert.Equal(["Connected to: other (2025-11-25)", "Tools: "], lines);
    }

    [Fact(DisplayName = "X-002 UX-03 a server behind a WebSocket: each resource is read by the URI it was listed with, text and bytes are shown, one that fails ends nothing")]
    public async Task A_server_behind_a_WebSocket()
    {
        var (answers, log) = (Path.GetTempFileName(), Path.GetTempFileName());
        try
        {
            await File.WriteAllLinesAsync(answers,
            [
                "@resources/list",
                Answer("""{"resources":[{"uri":"Notes://Ulm/%7e/../a b","name":"text"},{"uri":"x:gone","name":"gone"},{"uri":"x:bytes","name":"bytes"}]}"""),
                "@resources/read Notes://Ulm/%7e/../a b",
                Answer("""{"contents":[{"uri":"Notes://Ulm/%7e/../a b","text":"Grüße"}]}"""),
                "@resources/read x:gone",
                """{"jsonrpc":"2.0","id":$ID$,"error":{"code":-32002,"message":"it is gone"}}""",
                "@resources/read x:bytes",
                Answer("""{"contents":[{"uri":"x:bytes","blob":"AQID","mimeType":"image/png"}]}"""),
            ]);
            await using var server = await WebSocketServer.StartAsync("--resources", "1", "--answers", answers, "--log", log);

            var lines = await RunningProcess.RunSampleAsync("WebSocketClient", server.Url);

            Assert.Equal(["Resource text: Grüße", "Resource gone cannot be read: it is gone", "Resource bytes: 3 bytes of image/png"], lines);
            Assert.Contains("""{"uri":"Notes://Ulm/%7e/../a b"}""", await File.ReadAllTextAsync(log), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(answers);
            File.Delete(log);
        }
    }

    private static string Answer(string result) => $$"""{"jsonrpc":"2.0","id":$ID$,"result":{{result}}}""";
}
