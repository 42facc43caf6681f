using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using McpHub.Testing;
using McpHub.TestSupport;
using Newtonsoft.Json.Linq;
using Xunit.Abstractions;

namespace McpHub.Scenarios.Groups;

/// <summary>
/// A group on the test kit's actor system in front of real child processes. What concerns routing is asked through both doors: the API, and the router actor as a service
/// that speaks actor would.
/// </summary>
public abstract class GroupScenario(ITestOutputHelper output) : TestKit("akka.loglevel = WARNING", output: output), IAsyncLifetime
{
    public const string Api = "API";
    public const string Router = "router actor";

    /// <summary>For what must happen at all; a time that a scenario names stands in its own test.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<ClientSessionGroup> _groups = [];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hub-scenario-");

    protected ClientSessionGroup NewGroup(ClientSessionGroupOptions? options = null)
    {
        var group = new ClientSessionGroup(Sys, options);
        _groups.Add(group);
        return group;
    }

    /// <summary>A scripted server that is called what its items begin with.</summary>
    protected static StdioServerParameters Peer(string name, params string[] options) => TestPeer.Server(["mcp", "--plain", "--name", name, "--prefix", name, .. options]) with { Name = name };

    /// <summary>The same with the tools that do something: hold, release, change, crash.</summary>
    protected static StdioServerParameters ActivePeer(string name, params string[] options) => TestPeer.Server(["mcp", "--name", name, "--prefix", name, .. options]) with { Name = name };

    /// <summary>The way to a scripted server: <c>memory</c>, <c>pipe</c> or <c>http</c>.</summary>
    protected static ServerParameters Over(ScriptedServer server, string carrier) => carrier switch
    {
        "memory" => server.InProcess(),
        "pipe" => server.OverPipe(),
        _ => server.OverHttp(),
    };

    /// <summary>A handler of resource updates that a probe can wait for.</summary>
    protected static Func<ResourceUpdated, ValueTask> Tell(TestProbe probe) => update =>
    {
        probe.Ref.Tell(update, ActorRefs.NoSender);
        return default;
    };

    protected string TempFile(string name) => Path.Combine(_folder.FullName, name);

    protected async Task<T> CallAsync<T>(string door, ClientSessionGroup group, string method, JObject parameters, CallOptions? options = null)
        where T : McpResult
    {
        if (door == Api)
        {
            Task call = method switch
            {
                "tools/call" => group.CallToolAsync((string)parameters["name"]!, (JObject?)parameters["arguments"], options),
                "prompts/get" => group.GetPromptAsync((string)parameters["name"]!, parameters["arguments"]?.ToObject<Dictionary<string, string>>(), options),
                "resources/read" => group.ReadResourceAsync((string)parameters["uri"]!, options),
                _ => group.CompleteAsync(
                    (string?)parameters["ref"]!["type"] == "ref/prompt" ? CompletionReference.Prompt((string)parameters["ref"]!["name"]!) : CompletionReference.ResourceTemplate((string)parameters["ref"]!["uri"]!),
                    new CompletionArgument { Name = (string)parameters["argument"]!["name"]!, Value = (string)parameters["argument"]!["value"]! }),
            };
            return await ((Task<T>)call).WaitAsync(Patience);
        }

        var service = CreateTestProbe();
        group.Router.Tell(new RouterCall(method, parameters, options), service);
        return await service.ReceiveOneAsync(Patience) switch
        {
            Status.Failure failure => throw failure.Cause,
            var answer => Assert.IsType<T>(answer),
        };
    }

    protected Task<CallToolResult> CallToolAsync(string door, ClientSessionGroup group, string name, JObject? arguments = null, CallOptions? options = null) =>
        CallAsync<CallToolResult>(door, group, "tools/call", arguments is null ? new JObject { ["name"] = name } : new JObject { ["name"] = name, ["arguments"] = arguments }, options);

    /// <summary>Which server answered: the scripted ones say it in a member of their own.</summary>
    protected static string? AnsweredBy(CallToolResult result) => (string?)result.ExtensionData.GetValueOrDefault("server");

    protected static string TextOf(CallToolResult result) => ((TextContent)result.Content[0]).Text;

    /// <summary>Waits for something that is reached without a signal to this test.</summary>
    protected Task UntilAsync(Action holds) => AwaitAssertAsync(holds, Patience, TimeSpan.FromMilliseconds(20));

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await Task.WhenAll(_groups.Select(group => group.DisposeAsync().AsTask()));
        _folder.Delete(recursive: true);
    }
}
