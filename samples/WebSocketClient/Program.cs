// A server behind a WebSocket: list its resources and read each.
//   npx -y supergateway --stdio "npx -y @modelcontextprotocol/server-everything" --outputTransport ws --port 8000 --messagePath /mcp
//   dotnet run --project samples/WebSocketClient -- ws://127.0.0.1:8000/mcp
using McpHub;

var url = args.Length > 0 ? args[0] : "ws://localhost:8000/mcp";
await using var session = new ClientSession(McpTransports.WebSocket(new WebSocketServerParameters(new Uri(url))));
await session.InitializeAsync();

var resources = await session.ListResourcesAsync();
foreach (var resource in resources.Resources)
{
    try
    {
        var content = await session.ReadResourceAsync(resource.Uri);
        var parts = content.Contents.Select(part => part switch
        {
            TextResourceContents text => text.Text,
            BlobResourceContents blob => $"{Convert.FromBase64String(blob.Blob).Length} bytes of {blob.MimeType ?? "an unknown type"}",
            _ => "nothing",
        });
        Console.WriteLine($"Resource {resource.Name}: {string.Join(" | ", parts)}");
    }
    catch (PeerException refused)
    {
        // The connection is as good as before: the next resource may be readable.
        Console.WriteLine($"Resource {resource.Name} cannot be read: {refused.PeerMessage}");
    }
}
