// Standard input: { "url", "revision" (null: the client chooses), "asks": [{ "what", "method", "params" }] }. Standard output: one object, what → result or error.
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

var json = McpJsonUtilities.DefaultOptions;
using var script = await JsonDocument.ParseAsync(Console.OpenStandardInput());
var root = script.RootElement;

await using var client = await McpClient.CreateAsync(
    new HttpClientTransport(new HttpClientTransportOptions { Endpoint = new Uri(root.GetProperty("url").GetString()!), TransportMode = HttpTransportMode.StreamableHttp }),
    new McpClientOptions { ClientInfo = new Implementation { Name = "interop", Version = "1.0.0" }, ProtocolVersion = root.GetProperty("revision").GetString() });

var seen = new JsonObject { ["instructions"] = client.ServerInstructions, ["revision"] = client.NegotiatedProtocolVersion };
foreach (var ask in root.GetProperty("asks").EnumerateArray())
{
    JsonNode? result;
    try
    {
        result = await AskAsync(ask.GetProperty("method").GetString()!, ask.GetProperty("params"));
    }
    catch (McpException error)
    {
        result = new JsonObject { ["code"] = (int?)(error as McpProtocolException)?.ErrorCode, ["message"] = error.Message };
    }
    catch (Exception error) when (error is JsonException or InvalidOperationException)
    {
        // The SDK itself cannot read the answer: 2.4.0 fails at annotations of a content block.
        result = new JsonObject { ["message"] = error.Message };
    }

    seen[ask.GetProperty("what").GetString()!] = result;
}

Console.WriteLine(seen.ToJsonString(json));

async Task<JsonNode?> AskAsync(string method, JsonElement input) => method switch
{
    // Through the list the client also learns which arguments it has to mirror into headers.
    "tools/list" => Array((await client.ListToolsAsync()).Select(tool => tool.ProtocolTool)),
    "resources/list" => Array((await client.ListResourcesAsync()).Select(resource => resource.ProtocolResource)),
    "resources/templates/list" => Array((await client.ListResourceTemplatesAsync()).Select(template => template.ProtocolResourceTemplate)),
    "prompts/list" => Array((await client.ListPromptsAsync()).Select(prompt => prompt.ProtocolPrompt)),
    "tools/call" => JsonSerializer.SerializeToNode(await client.CallToolAsync(input.Deserialize<CallToolRequestParams>(json)!), json),
    "resources/read" => JsonSerializer.SerializeToNode(await client.ReadResourceAsync(input.Deserialize<ReadResourceRequestParams>(json)!), json),
    "prompts/get" => JsonSerializer.SerializeToNode(await client.GetPromptAsync(input.Deserialize<GetPromptRequestParams>(json)!), json),
    "completion/complete" => JsonSerializer.SerializeToNode(await client.CompleteAsync(input.Deserialize<CompleteRequestParams>(json)!), json),
    _ => throw new ArgumentException(method),
};

JsonArray Array<T>(IEnumerable<T> items) => new([.. items.Select(item => JsonSerializer.SerializeToNode(item, json))]);
