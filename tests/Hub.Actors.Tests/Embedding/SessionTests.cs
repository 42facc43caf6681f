using System.Diagnostics;
using McpHub.Protocol.Revisions;
using McpHub.TestSupport;
using Newtonsoft.Json.Linq;

namespace McpHub.Actors.Tests.Embedding;

/// <summary>One session over a real pipe.</summary>
public sealed class SessionTests : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hub-session-");

    private string Log => Path.Combine(_folder.FullName, "log");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact(DisplayName = "UX-01 the basic example: command as a list, initialize, name, list, call the first tool with what it does not know")]
    public async Task Basic_client()
    {
        await using var session = new ClientSession(McpTransports.Stdio(new StdioServerParameters(["dotnet", TestPeer.Path, "mcp", "--tools", "2", "--plain"])));
        var result = await session.InitializeAsync();
        Assert.Equal("test-peer", result.ServerInfo?.Name);
        var tools = await session.ListToolsAsync();
        var called = await session.CallToolAsync(tools.Tools[0].Name, new { input = "test" });

        Assert.False(called.IsError);
        Assert.Equal("""{"input":"test"}""", ((TextContent)called.Content[0]).Text);
        Assert.Contains("\"server\":\"test-peer\"", System.Text.Encoding.UTF8.GetString(called.Raw.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_handshake_taught_is_on_the_session()
    {
        await using var session = await ConnectAsync("--name", "peer", "--instructions", "be kind");

        Assert.Equal(("peer", "be kind", "2025-11-25", Era.Legacy), (session.ServerInfo!.Name, session.Instructions, session.ProtocolVersion, session.Era));
        Assert.True(session.Capabilities.Tools!.ListChanged);
        Assert.Null(session.Capabilities.Completions);
    }

    [Fact]
    public async Task The_handshake_happens_once_however_often_it_is_asked_for()
    {
        await using var session = new ClientSession(McpTransports.Stdio(TestPeer.Server("mcp", "--log", Log)), new ClientSessionOptions { ClientInfo = new Implementation { Name = "me", Version = "7" } });
        var results = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => session.InitializeAsync()));

        Assert.All(results, result => Assert.Same(results[0], result));
        Assert.Same(results[0], await session.InitializeAsync());
        await session.SendPingAsync(); // so that what came before was received
        var initialize = Assert.Single(Received(MethodNames.Initialize));
        Assert.Equal("me", (string?)initialize["params"]!["clientInfo"]!["name"]);
        Assert.Single(Received(MethodNames.Initialized));
    }

    [Fact]
    public async Task Nothing_can_be_asked_before_the_handshake()
    {
        await using var session = new ClientSession(new ScriptedTransport());

        await Assert.ThrowsAsync<InvalidOperationException>(() => session.ListToolsAsync());
        Assert.Throws<InvalidOperationException>(() => session.Capabilities);
        Assert.Null(session.ServerInfo);
    }

    [Fact]
    public async Task A_command_that_does_not_exist_fails_the_connect_with_its_cause()
    {
        var error = await Assert.ThrowsAsync<ServerUnavailableException>(() => ClientSession.ConnectAsync(new StdioServerParameters("/no/such/server")));

        Assert.Equal(("HUB2101", Delivery.NotSent, "server"), (error.Code, error.Delivery, error.ServerId));
        Assert.Contains("/no/such/server", error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Hint);
    }

    [Fact]
    public async Task A_server_that_ends_at_once_fails_the_connect_with_what_it_wrote()
    {
        var error = await Assert.ThrowsAsync<ServerUnavailableException>(() => ClientSession.ConnectAsync(TestPeer.Server("exit", "7", "2")));

        Assert.Equal("HUB2103", error.Code);
        Assert.Contains("7", error.Message, StringComparison.Ordinal);
        Assert.Contains("line 2", error.Message, StringComparison.Ordinal);
    }

    [Fact(DisplayName = "B-002 a server of an unknown revision: typed error, and the connection is closed")]
    public async Task Unknown_revision()
    {
        var session = new ClientSession(McpTransports.Stdio(TestPeer.Server("mcp", "--version", "1999-01-01")));
        var error = await Assert.ThrowsAsync<ServerUnavailableException>(() => session.InitializeAsync());

        Assert.Equal("HUB2109", error.Code);
        Assert.Same(error, (await session.Completion.WaitAsync(_patience)).Error);
        Assert.Same(error, await Assert.ThrowsAsync<ServerUnavailableException>(() => session.InitializeAsync()));
        await session.DisposeAsync();
    }

    [Fact(DisplayName = "B-013 a call that is not answered in time: timeout, the server is told, the late answer is ignored, the session works")]
    public async Task Timeout_of_a_call()
    {
        await using var session = await ConnectAsync("--log", Log);
        var error = await Assert.ThrowsAsync<RequestTimeoutException>(() => session.CallToolAsync("slow", new { ms = 1000 }, new CallOptions { Timeout = TimeSpan.FromMilliseconds(200) }));

        Assert.Equal(("HUB5104", Delivery.Unknown), (error.Code, error.Delivery));
        await session.CallToolAsync("slow", new { ms = 1200 });
        var call = Received(MethodNames.ToolsCall)[0];
        Assert.Equal(call["id"], Assert.Single(Received(MethodNames.Cancelled))["params"]!["requestId"]);
    }

    [Fact(DisplayName = "B-015 with timeout zero a call times out at once, whatever the session's")]
    public async Task Timeout_zero()
    {
        await using var session = await ConnectAsync(new ClientSessionOptions { ReadTimeout = TimeSpan.FromSeconds(30) }, "--log", Log);
        var error = await Assert.ThrowsAsync<RequestTimeoutException>(() => session.CallToolAsync("echo", options: new CallOptions { Timeout = TimeSpan.Zero }));

        Assert.Equal(Delivery.NotSent, error.Delivery);
        Assert.Empty(Received(MethodNames.ToolsCall));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => session.CallToolAsync("echo", options: new CallOptions { Timeout = TimeSpan.FromSeconds(-2) }));
        await session.CallToolAsync("echo", options: new CallOptions { Timeout = TimeSpan.MaxValue });
        await session.CallToolAsync("echo", options: new CallOptions { Timeout = Timeout.InfiniteTimeSpan });
    }

    [Fact]
    public async Task The_sessions_timeout_holds_for_its_calls()
    {
        await using var session = await ConnectAsync(new ClientSessionOptions { ReadTimeout = TimeSpan.FromSeconds(5) });

        await Assert.ThrowsAsync<RequestTimeoutException>(() => session.CallToolAsync("hold").WaitAsync(_patience));
        await session.CallToolAsync("slow", new { ms = 5500 }, new CallOptions { Timeout = _patience });
    }

    [Fact]
    public async Task A_cancelled_call_ends_at_once_and_the_server_is_told()
    {
        await using var session = await ConnectAsync("--log", Log);
        using var cancel = new CancellationTokenSource();
        var call = session.CallToolAsync("hold", ct: cancel.Token);
        await session.CallToolAsync("echo"); // so that the one before was sent

        await cancel.CancelAsync();

        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(_patience));
        Assert.Equal(cancel.Token, cancelled.CancellationToken);
        await session.CallToolAsync("echo");
        var hold = Received(MethodNames.ToolsCall).Single(request => (string?)request["params"]!["name"] == "hold");
        Assert.Equal(hold["id"], Assert.Single(Received(MethodNames.Cancelled))["params"]!["requestId"]);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.CallToolAsync("echo", ct: cancel.Token));
        Assert.Equal(3, Received(MethodNames.ToolsCall).Count);
    }

    [Fact]
    public async Task Progress_is_reported_in_order_and_before_the_result()
    {
        await using var session = await ConnectAsync();
        var reports = new List<ProgressNotification>();
        var result = await session.CallToolAsync("progress", new { steps = 20 }, new CallOptions { Progress = new Reports(reports.Add) });

        var seen = reports.ToList();
        Assert.Equal("done", ((TextContent)result.Content[0]).Text);
        Assert.Equal(Enumerable.Range(1, 20).Select(n => (double)n), seen.Select(report => report.Progress));
        Assert.Equal((20d, "step 20"), (seen[^1].Total!.Value, seen[^1].Message));
    }

    [Fact]
    public async Task An_exception_in_the_progress_handler_spoils_nothing()
    {
        await using var session = await ConnectAsync();
        var reports = 0;
        var result = await session.CallToolAsync("progress", new { steps = 3 }, new CallOptions { Progress = new Reports(_ => throw new InvalidOperationException($"{++reports}")) });

        Assert.Equal("done", ((TextContent)result.Content[0]).Text);
        Assert.Equal(3, reports);
    }

    [Fact]
    public async Task Arguments_are_an_object_or_are_refused_before_anything_is_sent()
    {
        await using var session = await ConnectAsync("--log", Log);

        Assert.Contains("options:", (await Assert.ThrowsAsync<ArgumentException>(() => session.CallToolAsync("echo", new CallOptions()))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(() => session.CallToolAsync("echo", CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentException>(() => session.CallToolAsync("echo", new[] { 1 }));
        await Assert.ThrowsAsync<ArgumentException>(() => session.CallToolAsync("echo", "text"));
        await Assert.ThrowsAsync<ArgumentNullException>(() => session.CallToolAsync(null!));
        await Assert.ThrowsAsync<ArgumentException>(() => session.GetPromptAsync("p", new Dictionary<string, string> { ["x"] = null! }));
        await Assert.ThrowsAsync<ArgumentNullException>(() => session.CompleteAsync(CompletionReference.Prompt("p"), null!));
        Assert.Empty(Received(MethodNames.ToolsCall));
    }

    [Fact]
    public async Task No_arguments_means_no_member_and_metadata_is_sent_without_a_foreign_token()
    {
        await using var session = await ConnectAsync("--log", Log);
        await session.CallToolAsync("echo", options: new CallOptions { Meta = new JObject { ["traceparent"] = "00-1-2-03", ["progressToken"] = "1" } });
        await session.CallToolAsync("echo");

        var calls = Received(MethodNames.ToolsCall);
        Assert.Equal("""{"name":"echo","_meta":{"traceparent":"00-1-2-03"}}""", calls[0]["params"]!.ToString(Newtonsoft.Json.Formatting.None));
        Assert.Equal("""{"name":"echo"}""", calls[1]["params"]!.ToString(Newtonsoft.Json.Formatting.None));
    }

    [Fact]
    public async Task An_error_of_the_server_and_a_failed_tool_are_two_things()
    {
        await using var session = await ConnectAsync();
        var error = await Assert.ThrowsAsync<PeerException>(() => session.CallToolAsync("nothing"));
        var failed = await session.CallToolAsync("fail");

        Assert.Equal((-32602, Delivery.Answered), (error.PeerCode, error.Delivery));
        Assert.False(error.IsResourceNotFound);
        Assert.True(failed.IsError);
    }

    [Fact]
    public async Task A_uri_is_sent_byte_for_byte()
    {
        await using var session = await ConnectAsync("--log", Log);
        const string Uri = "HTTP://Example.COM/a/../b?x=%7e é";
        var result = await session.ReadResourceAsync(Uri);

        Assert.Equal(Uri, result.Contents[0].Uri);
    }

    [Fact]
    public async Task What_the_server_does_not_offer_is_not_asked_for()
    {
        await using var session = await ConnectAsync("--log", Log);
        var error = await Assert.ThrowsAsync<HubException>(() => session.CompleteAsync(CompletionReference.Prompt("p"), new CompletionArgument { Name = "n", Value = "v" }));

        Assert.Equal("HUB5107", error.Code);
        Assert.Empty(Received(MethodNames.Complete));
    }

    [Fact]
    public async Task Completions_and_ping_are_answered()
    {
        await using var session = await ConnectAsync("--completions", "--log", Log);
        await session.SendPingAsync();
        var completed = await session.CompleteAsync(CompletionReference.ResourceTemplate("x://{id}"), new CompletionArgument { Name = "id", Value = "1" }, new Dictionary<string, string> { ["other"] = "2" });

        Assert.Equal(2, completed.Completion.Total);
        Assert.Equal("""{"ref":{"type":"ref/resource","uri":"x://{id}"},"argument":{"name":"id","value":"1"},"context":{"arguments":{"other":"2"}}}""", completed.Completion.Values[1]);
        Assert.Single(Received(MethodNames.Ping));
    }

    [Fact]
    public async Task A_lost_server_ends_the_session_and_says_why()
    {
        await using var session = await ConnectAsync();
        var error = await Assert.ThrowsAsync<HubException>(() => session.CallToolAsync("crash"));
        var closed = await session.Completion.WaitAsync(_patience);

        Assert.Equal(("HUB2111", Delivery.Unknown), (error.Code, error.Delivery));
        Assert.Equal(("HUB2103", 3), (closed.Error!.Code, closed.ExitCode));
        Assert.Equal(["boom"], closed.StderrTail);
        Assert.Equal(Delivery.NotSent, (await Assert.ThrowsAsync<ServerUnavailableException>(() => session.CallToolAsync("echo"))).Delivery);
        Assert.Equal("test-peer", session.ServerInfo!.Name);
    }

    [Fact]
    public async Task Dispose_is_bounded_and_idempotent_even_if_the_server_ignores_everything()
    {
        var session = await ConnectAsync("--stubborn");
        var call = session.CallToolAsync("hold");
        await session.CallToolAsync("echo"); // so that the one before was sent
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () => await session.DisposeAsync())));

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.Equal(Delivery.Unknown, (await Assert.ThrowsAsync<HubException>(() => call.WaitAsync(_patience))).Delivery);
        Assert.Null((await session.Completion.WaitAsync(_patience)).Error);
        await session.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => session.InitializeAsync());
    }

    [Fact]
    public async Task A_hanging_session_does_not_delay_the_dispose_of_another()
    {
        var hanging = await ConnectAsync("--stubborn");
        var good = await ConnectAsync();
        var first = hanging.DisposeAsync();
        await good.DisposeAsync();

        Assert.False(first.IsCompleted);
        await first;
    }

    [Fact]
    public async Task Dispose_during_the_handshake_gives_it_up()
    {
        var pid = Path.Combine(_folder.FullName, "pid");
        var session = new ClientSession(McpTransports.Stdio(TestPeer.Server("mcp", "--init-delay", "600000", "--pid", pid)));
        var opening = session.InitializeAsync();
        await Eventually.HoldsAsync(() => File.Exists(pid) && File.ReadAllText(pid).Length > 0);

        await session.DisposeAsync();

        await Assert.ThrowsAnyAsync<HubException>(() => opening.WaitAsync(_patience));
        await Eventually.HoldsAsync(() => !Directory.Exists($"/proc/{File.ReadAllText(pid)}"));
    }

    private static Task<ClientSession> ConnectAsync(params string[] options) => ConnectAsync(null, options);

    private static Task<ClientSession> ConnectAsync(ClientSessionOptions? session, params string[] options) => ClientSession.ConnectAsync(TestPeer.Server(["mcp", .. options]), session);

    private List<JObject> Received(string method) =>
        [.. File.ReadAllLines(Log).Select(JObject.Parse).Where(message => (string?)message["method"] == method)];

    private sealed class Reports(Action<ProgressNotification> report) : IProgress<ProgressNotification>
    {
        public void Report(ProgressNotification value) => report(value);
    }
}
