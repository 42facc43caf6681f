using McpHub;

namespace McpHub.Host.Tests.Docs;

/// <summary>The README's embedding example, so that the compiler reads it too.</summary>
public static class EmbeddingSnippet
{
    public static async Task RunAsync()
    {
        // README begin
        await using var group = new ClientSessionGroup();
        await group.ConnectToServerAsync(new StdioServerParameters("npx", "-y", "@modelcontextprotocol/server-everything"));
        await group.ConnectToServerAsync(new StreamableHttpParameters(new Uri("http://127.0.0.1:8080/mcp")));

        Console.WriteLine(string.Join(", ", group.Tools.Keys));
        var result = await group.CallToolAsync("echo", new { message = "hello" });
        Console.WriteLine(((TextContent)result.Content[0]).Text);
        // README end
    }
}
