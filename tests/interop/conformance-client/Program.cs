// The suite starts this program once for each scenario and appends its server's URL. It sets MCP_CONFORMANCE_SCENARIO and, for some scenarios, MCP_CONFORMANCE_CONTEXT.
// Exit code 0: everything that the scenario asks of a client was done.
using McpHub;
using Newtonsoft.Json.Linq;

var scenario = Environment.GetEnvironmentVariable("MCP_CONFORMANCE_SCENARIO") ?? "";
var options = new ClientSessionOptions
{
    ClientInfo = new Implementation { Name = "hub-conformance-client", Version = "1.0.0" },
    ReadTimeout = TimeSpan.FromSeconds(20),
    SamplingCallback = (_, _) => Task.FromResult(new CreateMessageResult { Role = "assistant", Content = [new TextContent { Text = "sampled" }], Model = "none" }),
    ElicitationFormCallback = (request, _) => Task.FromResult(ElicitResult.Accept(Filled(request.Params.RequestedSchema))),
    ListRootsCallback = (_, _) => Task.FromResult<IReadOnlyList<Root>>([new Root { Uri = "file:///srv" }]),
};
try
{
    await using var session = await ClientSession.ConnectAsync(new StreamableHttpParameters(new Uri(args[^1])), options);
    await (scenario switch
    {
        "initialize" or "request-metadata" => Task.CompletedTask,
        "tools_call" => Call(session, "add_numbers", new { a = 5, b = 3 }),
        "elicitation-sep1034-client-defaults" => Call(session, "test_client_elicitation_defaults"),
        "sse-retry" => Call(session, "test_reconnection"),
        "json-schema-ref-no-deref" => Tools(session),
        "json-schema-2020-12-preservation" => EchoSchema(session),
        "sep-2322-client-request-state" => RequestState(session),
        "http-standard-headers" => Everything(session),
        "http-custom-headers" => ContextCalls(session),
        "http-invalid-tool-headers" => EveryTool(session),
        _ => throw new NotSupportedException($"this program does not know the scenario \"{scenario}\""),
    });
    return 0;
}
catch (Exception failure)
{
    Console.Error.WriteLine(failure);
    return 1;
}

static async Task<List<Tool>> Tools(ClientSession session)
{
    var tools = new List<Tool>();
    await foreach (var tool in session.ListAllToolsAsync())
    {
        tools.Add(tool);
    }

    return tools;
}

static async Task Call(ClientSession session, string tool, object? arguments = null)
{
    await Tools(session);
    await session.CallToolAsync(tool, arguments is null ? [] : JObject.FromObject(arguments));
}

static async Task EchoSchema(ClientSession session)
{
    var tool = (await Tools(session)).Single(tool => tool.Name == "json_schema_2020_12_tool");
    await session.CallToolAsync("json_schema_echo", new JObject { ["schema"] = tool.InputSchema });
}

static async Task RequestState(ClientSession session)
{
    var tools = await Tools(session);
    foreach (var tool in new[] { "test_mrtr_echo_state", "test_mrtr_unrelated", "test_mrtr_no_state", "test_mrtr_no_result_type" })
    {
        if (tools.Exists(listed => listed.Name == tool))
        {
            await session.CallToolAsync(tool);
        }
    }
}

static async Task Everything(ClientSession session)
{
    await Call(session, "test_headers");
    await foreach (var resource in session.ListAllResourcesAsync())
    {
        await session.ReadResourceAsync(resource.Uri);
    }

    await foreach (var prompt in session.ListAllPromptsAsync())
    {
        await session.GetPromptAsync(prompt.Name);
    }
}

static async Task ContextCalls(ClientSession session)
{
    await Tools(session);
    var context = JObject.Parse(Environment.GetEnvironmentVariable("MCP_CONFORMANCE_CONTEXT") ?? "{}");
    foreach (var call in context["toolCalls"]?.OfType<JObject>() ?? [])
    {
        await session.CallToolAsync((string)call["name"]!, (JObject?)call["arguments"]);
    }
}

static async Task EveryTool(ClientSession session)
{
    foreach (var tool in await Tools(session))
    {
        await session.CallToolAsync(tool.Name, new JObject { ["region"] = "us-west1" });
    }
}

// What a form shows before the user types anything: the defaults of its schema (2025-11-25, client/elicitation, "Requested Schema").
static JObject Filled(JObject? schema)
{
    var form = new JObject();
    foreach (var (name, field) in schema?["properties"] as JObject ?? [])
    {
        if (field?["default"] is { } value)
        {
            form[name] = value.DeepClone();
        }
        else if (schema!["required"] is JArray required && required.Any(required => (string?)required == name))
        {
            form[name] = (string?)field?["type"] switch { "boolean" => true, "number" or "integer" => 1, "array" => new JArray(), _ => (string?)field?["enum"]?.FirstOrDefault() ?? "text" };
        }
    }

    return form;
}
