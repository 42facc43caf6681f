// One server: connect, list its tools, call the first one.
//   dotnet run --project samples/BasicClient                                          the sample server
//   dotnet run --project samples/BasicClient -- npx -y @modelcontextprotocol/server-everything
using McpHub;

string[] command = args.Length > 0 ? args : ["dotnet", Path.Combine(AppContext.BaseDirectory, "demo", "McpHub.SampleServer.dll"), "stdio"];
await using var session = new ClientSession(McpTransports.Stdio(new StdioServerParameters(command)));

var initialized = await session.InitializeAsync();
Console.WriteLine($"Connected to: {initialized.ServerInfo?.Name} ({session.ProtocolVersion})");

var tools = await session.ListToolsAsync();
Console.WriteLine($"Tools: {string.Join(", ", tools.Tools.Select(tool => tool.Name))}");
if (tools.Tools.Count > 0)
{
    // A tool that does not know the argument says so in its result: that is an answer, not an exception.
    var result = await session.CallToolAsync(tools.Tools[0].Name, new { input = "test" });
    Console.WriteLine($"Tool result{(result.IsError ? " (error)" : "")}: {string.Join(' ', result.Content.OfType<TextContent>().Select(text => text.Text))}");
}
