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
}
