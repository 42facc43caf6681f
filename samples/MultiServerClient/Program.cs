// Several servers in one group: their tools side by side, called by name.
using McpHub;

var sample = Path.Combine(AppContext.BaseDirectory, "demo", "McpHub.SampleServer.dll");
await using var group = new ClientSessionGroup();

var notes = await group.ConnectToServerAsync(new StdioServerParameters("dotnet", sample, "stdio"));
var orders = await group.ConnectToServerAsync(new StdioServerParameters("dotnet", sample, "stdio", "--theme", "orders"));
Console.WriteLine($"All tools: {string.Join(", ", group.Tools.Keys.Order(StringComparer.Ordinal))}");

var result = await group.CallToolAsync("get_order", new { id = 7 });
Console.WriteLine($"Result: {string.Join(' ', result.Content.OfType<TextContent>().Select(text => text.Text))}");

try
{
    await group.CallToolAsync("any_tool_name", new { param = "value" });
}
catch (ToolNotFoundException unknown)
{
    Console.WriteLine($"{unknown.Code}: {unknown.Message}");
}

await group.DisconnectFromServerAsync(orders);
Console.WriteLine($"Without {orders.ServerInfo?.Name}: {string.Join(", ", group.Tools.Keys.Order(StringComparer.Ordinal))}");
Console.WriteLine($"{notes.ServerInfo?.Name} stays connected, revision {notes.ProtocolVersion}.");
