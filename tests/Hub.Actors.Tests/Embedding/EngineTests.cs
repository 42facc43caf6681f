using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Model;
using McpHub.Protocol.Revisions;
using McpHub.TestSupport;
using Newtonsoft.Json.Linq;

namespace McpHub.Actors.Tests.Embedding;

/// <summary>Requests and answers of a session (contract 1.2).</summary>
public sealed class EngineTests
{
    [Fact(DisplayName = "B-001 initialize sends version, capabilities and client info; exactly one initialized notification comes before any other request")]
    public async Task Handshake()
    {
        var server = new ScriptedTransport();
        await using var session = new ClientSession(server);
        var opening = Task.WhenAll(session.InitializeAsync(), session.InitializeAsync());
        server.ReplyError(await server.ExpectAsync(MethodNames.Discover), -32601);
        var hello = await server.ExpectAsync(MethodNames.Initialize);
        var parameters = hello.GetProperty("params");
        Assert.Equal(("2025-11-25", "{}", "hub"), (parameters.GetProperty("protocolVersion").GetString(), parameters.GetProperty("capabilities").GetRawText(), parameters.GetProperty("clientInfo").GetProperty("name").GetString()));
        Assert.Equal(HubIdentity.Version, parameters.GetProperty("clientInfo").GetProperty("version").GetString());
        Assert.True(server.IsQuiet);
        server.Reply(hello, """{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}}""");
        await opening.WaitAsync(ScriptedSession.Patience);
        var call = session.CallToolAsync("t");

        await server.ExpectAsync(MethodNames.Initialized);
        server.Reply(await server.ExpectAsync(MethodNames.ToolsCall), """{"content":[]}""");
        await call.WaitAsync(ScriptedSession.Patience);
        await session.InitializeAsync();
        Assert.True(server.IsQuiet);
    }

    [Fact(DisplayName = "B-003 a server that answers with 2024-11-05 gets a session of that version, which works")]
    public async Task An_older_revision()
    {
        await using var scripted = await ScriptedSession.LegacyAsync(revision: "2024-11-05");
        Assert.Equal("2024-11-05", scripted.Session.ProtocolVersion);
        await scripted.WorksAsync();
    }

    [Fact(DisplayName = "B-006 a ping before initialize is answered is answered at once")]
    public async Task Ping_before_the_handshake_ends()
    {
        var server = new ScriptedTransport();
        await using var session = new ClientSession(server);
        var opening = session.InitializeAsync();
        server.ReplyError(await server.ExpectAsync(MethodNames.Discover), -32601);
        var hello = await server.ExpectAsync(MethodNames.Initialize);
        server.Send("""{"jsonrpc":"2.0","id":"p","method":"ping"}""");
        Assert.Equal("""{"jsonrpc":"2.0","id":"p","result":{}}""", (await server.ExpectAsync(null)).GetRawText());
        Assert.False(opening.IsCompleted);
        server.Reply(hello, """{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"s","version":"1"}}""");
        await opening.WaitAsync(ScriptedSession.Patience);
    }

    [Fact(DisplayName = "B-007 100 concurrent calls answered in another order: each caller has its own result")]
    public async Task Answers_in_any_order()
    {
        await using var scripted = await ScriptedSession.LegacyAsync(new ClientSessionOptions { MaxInFlight = 100 });
        var calls = Enumerable.Range(0, 100).Select(n => scripted.Session.CallToolAsync("t", new { n })).ToArray();
        var requests = new List<JsonElement>();
        for (var i = 0; i < calls.Length; i++)
        {
            requests.Add(await scripted.Server.ExpectAsync(MethodNames.ToolsCall));
        }

        var order = requests.ToArray();
        new Random(7).Shuffle(order);
        foreach (var request in order)
        {
            scripted.Server.Reply(request, $$"""{"content":[],"structuredContent":{{request.GetProperty("params").GetProperty("arguments").GetRawText()}}}""");
        }

        var results = await Task.WhenAll(calls).WaitAsync(ScriptedSession.Patience);
        Assert.Equal(Enumerable.Range(0, 100), results.Select(result => (int)result.StructuredContent!["n"]!));
    }

    [Fact(DisplayName = "B-010 unknown and malformed notifications: nothing is answered and the session lives")]
    public async Task Strange_notifications()
    {
        var seen = new ConcurrentQueue<SessionMessage>();
        var done = new TaskCompletionSource();
        await using var scripted = await ScriptedSession.LegacyAsync(new ClientSessionOptions
        {
            LoggingCallback = _ => default,
            MessageHandler = message =>
            {
                seen.Enqueue(message);
                if (message is ServerNotification { Method: "vendor/last" })
                {
                    done.SetResult();
                }

                return default;
            },
        });
        scripted.Notify("vendor/thing", """{"x":1}""");
        scripted.Notify(MethodNames.Message, """{"level":7}""");
        scripted.Notify(MethodNames.Progress, """{"progressToken":{}}""");
        scripted.Notify(MethodNames.Progress, """{"progressToken":12345,"progress":"x"}""");
        scripted.Notify(MethodNames.Cancelled, """{"requestId":[]}""");
        scripted.Notify(MethodNames.ResourcesUpdated, """{"uri":5}""");
        scripted.Notify(MethodNames.ToolsListChanged, "7");
        scripted.Server.Send("""{"jsonrpc":"2.0","method":12}""");
        scripted.Server.Send("""{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}""");
        scripted.Server.Send("not even JSON");
        scripted.Server.Send("""{"jsonrpc":"2.0","id":987654,"result":{}}""");
        scripted.Notify("vendor/last", "{}");
        await scripted.WorksAsync();
        Assert.True(scripted.Server.IsQuiet);

        await done.Task.WaitAsync(ScriptedSession.Patience);
        Assert.Equal(
            ["vendor/thing", MethodNames.Message, MethodNames.ResourcesUpdated, "HUB2161", "HUB2161", MethodNames.ToolsListChanged, "HUB2161", "HUB2160", "vendor/last"],
            seen.Select(message => message is ServerNotification notification ? notification.Method : ((ConnectionDiagnostic)message).Error.Code));
        Assert.All(seen, message => Assert.Equal("server", message.ServerId));
    }

    [Fact(DisplayName = "B-014 W-03 a server dies under 10 calls: all end within a second with delivery unknown, a call afterwards with not sent")]
    public async Task Nothing_hangs_when_the_server_dies()
    {
        var folder = Directory.CreateTempSubdirectory("hub-engine-");
        try
        {
            var pid = Path.Combine(folder.FullName, "pid");
            await using var session = await ClientSession.ConnectAsync(TestPeer.Server("mcp", "--pid", pid));
            var calls = Enumerable.Range(0, 10).Select(_ => session.CallToolAsync("hold", options: new CallOptions { Timeout = Timeout.InfiniteTimeSpan })).ToArray();
            await session.CallToolAsync("echo"); // so that those before were sent
            var watch = Stopwatch.StartNew();
            using (var process = Process.GetProcessById(int.Parse(await File.ReadAllTextAsync(pid), null)))
            {
                process.Kill();
            }

            foreach (var call in calls)
            {
                var error = await Assert.ThrowsAnyAsync<HubException>(() => call.WaitAsync(ScriptedSession.Patience));
                Assert.Equal(("HUB2111", Delivery.Unknown), (error.Code, error.Delivery));
            }

            // The scenario's second, with slack for a busy machine.
            Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
            var late = await Assert.ThrowsAnyAsync<HubException>(() => session.CallToolAsync("echo"));
            Assert.Equal(Delivery.NotSent, late.Delivery);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact(DisplayName = "B-016 initialize that is cancelled: no cancelled notification was sent")]
    public async Task Initialize_is_cancelled()
    {
        var server = new ScriptedTransport();
        await using var session = new ClientSession(server);
        using var cancel = new CancellationTokenSource();
        var opening = session.InitializeAsync(cancel.Token);
        server.ReplyError(await server.ExpectAsync(MethodNames.Discover), -32601);
        await server.ExpectAsync(MethodNames.Initialize);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
        await Eventually.HoldsAsync(() => server.IsDisposed);
        Assert.True(server.IsQuiet);
    }

    [Theory(DisplayName = "B-018 W-15 progress under the token as number or as text, 1, 2, 2, 3 and once after the result: 1, 2, 3 are seen, before the result")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Progress_is_normalised(bool asNumber)
    {
        await using var scripted = await ScriptedSession.LegacyAsync();
        var seen = new ConcurrentQueue<double>();
        var call = scripted.Session.CallToolAsync("t", options: new CallOptions { Progress = new Reports(report => seen.Enqueue(report.Progress)) });
        var request = await scripted.Server.ExpectAsync(MethodNames.ToolsCall);
        var token = request.GetProperty("params").GetProperty("_meta").GetProperty("progressToken").ToString();
        token = asNumber ? token : $"\"{token}\"";
        foreach (var value in new[] { 1, 2, 2, 3 })
        {
            scripted.Notify(MethodNames.Progress, $$"""{"progressToken":{{token}},"progress":{{value}}}""");
        }

        scripted.Server.Reply(request, """{"content":[]}""");
        scripted.Notify(MethodNames.Progress, $$"""{"progressToken":{{token}},"progress":4}""");
        await call.WaitAsync(ScriptedSession.Patience);
        Assert.Equal([1, 2, 3], seen);
        await scripted.WorksAsync();
        Assert.Equal(3, seen.Count);
    }

    [Fact(DisplayName = "B-028 vendor fields of a tool, of its annotations and of a result arrive JSON-equal")]
    public async Task Vendor_fields_survive()
    {
        const string Listed = """{"tools":[{"name":"t","x-vendor":{"a":[1,2.5,null]},"inputSchema":{"type":"object","x-schema":true},"annotations":{"readOnlyHint":true,"x-hint":"h"},"_meta":{"com.example/x":{}}}],"x-page":7,"_meta":{"k":"v"}}""";
        const string Called = """{"content":[{"type":"text","text":"x","x-block":[]},{"type":"hologram","depth":3}],"structuredContent":{"when":"2026-07-28T10:00:00Z"},"isError":true,"x-result":{"deep":{"er":1e2}}}""";
        await using var scripted = await ScriptedSession.LegacyAsync();
        var list = scripted.Session.ListToolsAsync();
        scripted.Server.Reply(await scripted.Server.ExpectAsync(MethodNames.ToolsList), Listed);
        var call = scripted.Session.CallToolAsync("t");
        scripted.Server.Reply(await scripted.Server.ExpectAsync(MethodNames.ToolsCall), Called);

        var (tools, result) = (await list, await call);
        Assert.True(JToken.DeepEquals(Json(Listed), McpJson.ParseToken(McpJson.ToUtf8(tools))));
        Assert.True(JToken.DeepEquals(Json(Called), McpJson.ParseToken(McpJson.ToUtf8(result))));
        Assert.Equal(Called, System.Text.Encoding.UTF8.GetString(result.Raw.Span));

        static JToken Json(string text) => McpJson.ParseToken(System.Text.Encoding.UTF8.GetBytes(text));
    }

    [Fact(DisplayName = "1,000 concurrent calls with progress over one session: order holds per call, callbacks call the session back, a throwing one spoils nothing")]
    public async Task A_thousand_calls()
    {
        const int Calls = 1000;
        const int Steps = 5;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        ClientSession session = null!;
        var (heard, sampled, thrown) = (0, 0, 0);
        await using var scripted = await ScriptedSession.LegacyAsync(new ClientSessionOptions
        {
            MaxInFlight = 3 * Calls,
            SamplingCallback = async (request, ct) =>
            {
                // A callback in the middle of a call calls the session back.
                await session.ListToolsAsync(ct: ct);
                Interlocked.Increment(ref sampled);
                return request.RequestId.EndsWith('7') ? throw new InvalidOperationException("thrown") : new CreateMessageResult { Role = "assistant", Model = "m", Content = [] };
            },
            MessageHandler = async _ =>
            {
                if (Interlocked.Increment(ref heard) % 10 == 0)
                {
                    await session.ListToolsAsync();
                    throw new InvalidOperationException("thrown");
                }
            },
        });
        session = scripted.Session;
        var serving = Task.Run(() => ServeAsync(scripted, Steps, limit.Token));

        var calls = Enumerable.Range(0, Calls).Select(async n =>
        {
            var seen = new List<double>();
            var result = await session.CallToolAsync("t", new { n }, new CallOptions
            {
                Progress = new Reports(report =>
                {
                    seen.Add(report.Progress);
                    if (n % 3 == 0)
                    {
                        Interlocked.Increment(ref thrown);
                        throw new InvalidOperationException("thrown");
                    }
                }),
            }).WaitAsync(limit.Token);
            return (N: (int)result.StructuredContent!["n"]!, Seen: seen.ToArray());
        }).ToArray();
        var results = await Task.WhenAll(calls).WaitAsync(limit.Token);

        Assert.Equal(Enumerable.Range(0, Calls), results.Select(result => result.N));
        Assert.All(results, result => Assert.Equal(Enumerable.Range(1, Steps).Select(step => (double)step), result.Seen));
        await Eventually.HoldsAsync(() => Volatile.Read(ref heard) >= Calls / 10);
        Assert.True(thrown > 0);
        Assert.True(sampled > 0);
        await limit.CancelAsync();
        await serving;
    }

    /// <summary>All calls are taken first; then each step of all of them is reported, with requests and notifications of the server between; answers last, newest first.</summary>
    private static async Task ServeAsync(ScriptedSession scripted, int steps, CancellationToken ct)
    {
        var calls = new List<JsonElement>();
        var isAnswering = false;
        while (!ct.IsCancellationRequested)
        {
            JsonElement message;
            try
            {
                message = await scripted.Server.NextMessageAsync(ct);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            switch (message.TryGetProperty("method", out var method) ? method.GetString() : null)
            {
                case MethodNames.ToolsCall:
                    calls.Add(message);
                    break;
                case MethodNames.ToolsList:
                    scripted.Server.Reply(message, """{"tools":[]}""");
                    break;
            }

            if (calls.Count < 1000 || isAnswering)
            {
                continue;
            }

            isAnswering = true;
            for (var step = 1; step <= steps; step++)
            {
                foreach (var (n, call) in calls.Index())
                {
                    var token = call.GetProperty("params").GetProperty("_meta").GetProperty("progressToken").GetString();
                    scripted.Notify(MethodNames.Progress, $$"""{"progressToken":{{(n % 2 == 0 ? token : $"\"{token}\"")}},"progress":{{step}}}""");
                    if (step == 3 && n % 10 == 0)
                    {
                        scripted.Notify(MethodNames.ResourcesUpdated, """{"uri":"u://x"}""");
                        scripted.Ask($"{n + n / 10}", MethodNames.SamplingCreateMessage, """{"messages":[],"maxTokens":1}""");
                    }
                }
            }

            foreach (var call in Enumerable.Reverse(calls))
            {
                scripted.Server.Reply(call, $$"""{"content":[],"structuredContent":{{call.GetProperty("params").GetProperty("arguments").GetRawText()}}}""");
            }
        }
    }

    private sealed class Reports(Action<ProgressNotification> report) : IProgress<ProgressNotification>
    {
        public void Report(ProgressNotification value) => report(value);
    }
}
