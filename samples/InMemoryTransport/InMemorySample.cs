using System.Text;
using Newtonsoft.Json.Linq;

namespace McpHub.Samples;

/// <summary>A server of a few lines behind an <see cref="InMemoryTransport"/>, and a client that uses it.</summary>
public static class InMemorySample
{
    public static async Task RunAsync(TextWriter output)
    {
        var transport = new InMemoryTransport();
        var serving = ServeAsync(transport);
        await using (var session = new ClientSession(transport))
        {
            var initialized = await session.InitializeAsync();
            await output.WriteLineAsync($"Connected to: {initialized.ServerInfo?.Name} ({session.ProtocolVersion})");
            var tools = await session.ListToolsAsync();
            await output.WriteLineAsync($"Tools: {string.Join(", ", tools.Tools.Select(tool => tool.Name))}");
            var result = await session.CallToolAsync("reverse", new { text = "desserts" });
            await output.WriteLineAsync($"Result: {((TextContent)result.Content[0]).Text}");
        }

        await serving;
    }

    private static async Task ServeAsync(InMemoryTransport transport)
    {
        await foreach (var utf8 in transport.FromHub.ReadAllAsync())
        {
            var request = JObject.Parse(Encoding.UTF8.GetString(utf8.Span));
            if (request["id"] is not { } id)
            {
                continue; // A notification is never answered.
            }

            var answer = new JObject { ["jsonrpc"] = "2.0", ["id"] = id };
            switch ((string?)request["method"])
            {
                case "initialize":
                    answer["result"] = JObject.FromObject(new
                    {
                        protocolVersion = "2025-11-25",
                        capabilities = new { tools = new { } },
                        serverInfo = new { name = "in-memory", version = "1.0" },
                    });
                    break;

                case "tools/list":
                    answer["result"] = JObject.FromObject(new { tools = new[] { new { name = "reverse", inputSchema = new { type = "object" } } } });
                    break;

                case "tools/call":
                    var text = (string?)request["params"]!["arguments"]!["text"] ?? "";
                    answer["result"] = JObject.FromObject(new { content = new[] { new { type = "text", text = new string([.. text.Reverse()]) } } });
                    break;

                default: // Also the hub's question for a newer revision of the protocol.
                    answer["error"] = JObject.FromObject(new { code = -32601, message = "Method not found" });
                    break;
            }

            await transport.SayAsync(Encoding.UTF8.GetBytes(answer.ToString(Newtonsoft.Json.Formatting.None)));
        }
    }
}
