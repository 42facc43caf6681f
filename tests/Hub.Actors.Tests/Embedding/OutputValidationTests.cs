using System.Net;
using System.Net.Sockets;
using Akka.TestKit.Xunit2;
using McpHub.Actors.Embedding;
using McpHub.Protocol.Revisions;
using McpHub.TestSupport;
using Newtonsoft.Json.Linq;

namespace McpHub.Actors.Tests.Embedding;

/// <summary>Results of tools against the output schemas of their tools (contract 1, CM-04).</summary>
public sealed class OutputValidationTests : TestKit
{
    private const string Hello = """{"protocolVersion":"2025-11-25","capabilities":{"tools":{"listChanged":true}},"serverInfo":{"name":"scripted","version":"1"}}""";
    private const string Weather = """{"type":"object","properties":{"temperature":{"type":"number"}},"required":["temperature"]}""";

    [Fact(DisplayName = "B-019 structured content that keeps the tool's output schema: the call succeeds")]
    public async Task Conforming()
    {
        var (session, server) = await OpenAsync(Weather);
        var result = await CallAsync(session, server, """{"content":[],"structuredContent":{"temperature":21.5}}""");

        Assert.Equal(21.5, (double)result.StructuredContent!["temperature"]!);
        await session.DisposeAsync();
    }

    [Theory(DisplayName = "B-020 enforced, structured content that is missing or wrong: a typed error carries the raw result; with isError nothing is validated")]
    [InlineData("""{"content":[{"type":"text","text":"21"}],"extra":1E2}""", "HUB5141")]
    [InlineData("""{"content":[],"structuredContent":{"temperature":"warm"}}""", "HUB5142")]
    [InlineData("""{"content":[],"structuredContent":null}""", "HUB5142")]
    [InlineData("""{"content":[{"type":"text","text":"no such city"}],"isError":true}""", null)]
    [InlineData("""{"content":[],"structuredContent":{"temperature":"warm"},"isError":true}""", null)]
    public async Task Enforced(string answer, string? code)
    {
        var (session, server) = await OpenAsync(Weather);
        var call = CallAsync(session, server, answer);
        if (code is null)
        {
            Assert.True((await call).IsError);
        }
        else
        {
            var error = await Assert.ThrowsAsync<OutputSchemaException>(() => call);
            Assert.Equal((code, Delivery.Answered, "server"), (error.Code, error.Delivery, error.ServerId));
            Assert.Equal(answer, System.Text.Encoding.UTF8.GetString(error.Result.Raw.Span));
            Assert.Contains("\"weather\"", error.Message, StringComparison.Ordinal);
        }

        await session.DisposeAsync();
    }

    [Fact]
    public async Task Null_is_a_value_where_the_schema_allows_it_and_absent_is_not()
    {
        var (session, server) = await OpenAsync("""{"type":["object","null"]}""");
        Assert.Equal(JTokenType.Null, (await CallAsync(session, server, """{"content":[],"structuredContent":null}""")).StructuredContent!.Type);
        Assert.Equal("HUB5141", (await Assert.ThrowsAsync<OutputSchemaException>(() => CallAsync(session, server, """{"content":[]}"""))).Code);
        await session.DisposeAsync();
    }

    [Theory(DisplayName = "W-13 validation can be a warning or switched off")]
    [InlineData(OutputValidation.Warn, 1)]
    [InlineData(OutputValidation.Off, 0)]
    public async Task A_result_that_does_not_fit_is_returned_and_warned_of_or_not(OutputValidation mode, int warnings)
    {
        var (session, server) = await OpenAsync(Weather, new ClientSessionOptions { OutputValidation = mode, ActorSystem = Sys });
        await EventFilter.Warning(contains: "HUB5142").ExpectAsync(warnings, async () =>
        {
            var result = await CallAsync(session, server, """{"content":[],"structuredContent":{"temperature":"s3cr3t"}}""");
            Assert.Equal("s3cr3t", (string?)result.StructuredContent!["temperature"]);
        });
        await session.DisposeAsync();
    }

    [Fact(DisplayName = "B-022 a tool that nobody listed: exactly one request goes to the server, and nothing is validated")]
    public async Task Unlisted()
    {
        var (session, server) = await OpenAsync(schema: null);
        Assert.Null((await CallAsync(session, server, """{"content":[]}""")).StructuredContent);
        Assert.True(server.IsQuiet);
        await session.DisposeAsync();
    }

    [Fact(DisplayName = "W-13 no hidden tools/list, in a group neither: the catalog knows the tools of all pages and follows its changes")]
    public async Task Group()
    {
        var server = new ScriptedTransport();
        await using var group = new ClientSessionGroup();
        var connecting = group.Runtime.AddServerAsync(EmbeddedServer.FromTransport("server", server, null), CancellationToken.None);
        server.ReplyError(await server.ExpectAsync(MethodNames.Discover), -32601);
        server.Reply(await server.ExpectAsync(MethodNames.Initialize), Hello);
        await server.ExpectAsync(MethodNames.Initialized);
        server.Reply(await server.ExpectAsync(MethodNames.ToolsList), """{"tools":[{"name":"other","inputSchema":{"type":"object"}}],"nextCursor":"2"}""");
        server.Reply(await server.ExpectAsync(MethodNames.ToolsList), Tools(Weather));
        await connecting;

        var call = group.CallToolAsync("weather");
        server.Reply(await server.ExpectAsync(MethodNames.ToolsCall), """{"content":[],"structuredContent":{}}""");
        Assert.Equal("HUB5142", (await Assert.ThrowsAsync<OutputSchemaException>(() => call)).Code);

        var version = group.Version;
        server.Send("""{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}""");
        server.Reply(await server.ExpectAsync(MethodNames.ToolsList), Tools("""{"type":"object"}"""));
        await AwaitConditionAsync(() => group.Version > version);
        var valid = group.CallToolAsync("weather");
        server.Reply(await server.ExpectAsync(MethodNames.ToolsCall), """{"content":[],"structuredContent":{}}""");
        Assert.NotNull((await valid).StructuredContent);
        Assert.True(server.IsQuiet);
    }

    [Fact(DisplayName = "B-023 an output schema with a reference to the network: nothing is fetched, and the schema is reported unusable")]
    public async Task Network_reference()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = $"http://{listener.LocalEndpoint}/schema.json";
        var (session, server) = await OpenAsync($$"""{"$ref":"{{address}}"}""");
        var error = await Assert.ThrowsAsync<OutputSchemaException>(() => CallAsync(session, server, """{"content":[],"structuredContent":{}}"""));

        Assert.Equal("HUB5143", error.Code);
        Assert.Contains("unusable", error.Message, StringComparison.Ordinal);
        Assert.Contains(address, error.Message, StringComparison.Ordinal);
        Assert.False(listener.Pending());
        listener.Stop();
        await session.DisposeAsync();
    }

    [Fact(DisplayName = "B-024 an output schema of an unknown dialect: the error says which")]
    public async Task Unknown_dialect()
    {
        var (session, server) = await OpenAsync("""{"$schema":"https://example.com/my-dialect","type":"object"}""");
        var error = await Assert.ThrowsAsync<OutputSchemaException>(() => CallAsync(session, server, """{"content":[],"structuredContent":{}}"""));

        Assert.Equal("HUB5143", error.Code);
        Assert.Contains("dialect \"https://example.com/my-dialect\" is not supported", error.Message, StringComparison.Ordinal);
        await session.DisposeAsync();
    }

    [Fact]
    public async Task A_schema_that_is_listed_anew_is_the_one_in_force_and_a_tool_that_is_gone_has_none()
    {
        var (session, server) = await OpenAsync(Weather);
        await ListAsync(session, server, Tools("""{"type":"object","required":["humidity"]}"""));
        Assert.NotNull(await CallAsync(session, server, """{"content":[],"structuredContent":{"humidity":1}}"""));
        await Assert.ThrowsAsync<OutputSchemaException>(() => CallAsync(session, server, """{"content":[],"structuredContent":{"temperature":1}}"""));

        await ListAsync(session, server, """{"tools":[]}""");
        Assert.NotNull(await CallAsync(session, server, """{"content":[]}"""));
        await session.DisposeAsync();
    }

    [Fact]
    public async Task One_page_of_many_takes_nothing_away()
    {
        var (session, server) = await OpenAsync(Weather);
        await ListAsync(session, server, """{"tools":[],"nextCursor":"2"}""");
        await Assert.ThrowsAsync<OutputSchemaException>(() => CallAsync(session, server, """{"content":[]}"""));
        await session.DisposeAsync();
    }

    [Fact]
    public async Task Before_2025_06_18_there_are_no_output_schemas()
    {
        var (session, server) = await OpenAsync(Weather, hello: Hello.Replace("2025-11-25", "2025-03-26", StringComparison.Ordinal));
        Assert.NotNull(await CallAsync(session, server, """{"content":[]}"""));
        await session.DisposeAsync();
    }

    private static string Tools(string schema) => $$"""{"tools":[{"name":"weather","inputSchema":{"type":"object"},"outputSchema":{{schema}} }]}""";

    private static async Task ListAsync(ClientSession session, ScriptedTransport server, string page)
    {
        var listing = session.ListToolsAsync();
        server.Reply(await server.ExpectAsync(MethodNames.ToolsList), page);
        await listing;
    }

    private static async Task<CallToolResult> CallAsync(ClientSession session, ScriptedTransport server, string answer)
    {
        var call = session.CallToolAsync("weather");
        server.Reply(await server.ExpectAsync(MethodNames.ToolsCall), answer);
        return await call;
    }

    private static async Task<(ClientSession Session, ScriptedTransport Server)> OpenAsync(string? schema, ClientSessionOptions? options = null, string hello = Hello)
    {
        var server = new ScriptedTransport();
        var session = new ClientSession(server, options);
        var opening = session.InitializeAsync();
        server.ReplyError(await server.ExpectAsync(MethodNames.Discover), -32601);
        server.Reply(await server.ExpectAsync(MethodNames.Initialize), hello);
        await server.ExpectAsync(MethodNames.Initialized);
        await opening;
        if (schema is not null)
        {
            await ListAsync(session, server, Tools(schema));
        }

        return (session, server);
    }
}
