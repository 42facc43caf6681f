using McpHub.Actors.Routing;
using McpHub.Protocol.Revisions;
using Newtonsoft.Json.Linq;

namespace McpHub.Testing;

/// <content>What it offers.</content>
public sealed partial class ScriptedServer
{
    private readonly List<(Tool Tool, Func<ScriptedRequest, Task<CallToolResult>> Call)> _tools = [];
    private readonly List<(Prompt Prompt, Func<ScriptedRequest, Task<GetPromptResult>> Get)> _prompts = [];
    private readonly List<(Resource Resource, Func<ScriptedRequest, Task<ReadResourceResult>> Read)> _resources = [];
    private readonly List<(ResourceTemplate Template, UriTemplate? Matcher, Func<ScriptedRequest, Task<ReadResourceResult>> Read)> _templates = [];
    private readonly Dictionary<string, Func<ScriptedRequest, Task>> _handlers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _byHand = new(StringComparer.Ordinal);
    private readonly List<Plan> _plans = [];
    private bool _allByHand;

    /// <summary>Offers a tool that answers with text.</summary>
    /// <param name="name">Its name; a tool of the same name is replaced.</param>
    /// <param name="call">Called with the request. An exception makes a failed tool (<c>isError</c>) with its message; a <see cref="ScriptedErrorException"/> a JSON-RPC error.</param>
    /// <param name="description">What it does.</param>
    /// <returns>This server.</returns>
    public ScriptedServer Tool(string name, Func<ScriptedRequest, string> call, string? description = null) =>
        Tool(name, request => Task.FromResult(Text(call(request))), description);

    /// <inheritdoc cref="Tool(string, Func{ScriptedRequest, string}, string?)"/>
    public ScriptedServer Tool(string name, Func<ScriptedRequest, Task<string>> call, string? description = null) =>
        Tool(name, async request => Text(await call(request).ConfigureAwait(false)), description);

    /// <summary>Offers a tool.</summary>
    /// <inheritdoc cref="Tool(string, Func{ScriptedRequest, string}, string?)"/>
    public ScriptedServer Tool(string name, Func<ScriptedRequest, Task<CallToolResult>> call, string? description = null) =>
        Tool(new Tool { Name = name, Description = description, InputSchema = new JObject { ["type"] = "object" } }, call);

    /// <summary>Offers a tool with all that a tool may say of itself.</summary>
    /// <param name="tool">The tool; one of the same name is replaced.</param>
    /// <param name="call">Called with the request.</param>
    /// <returns>This server.</returns>
    public ScriptedServer Tool(Tool tool, Func<ScriptedRequest, Task<CallToolResult>> call)
    {
        lock (_gate)
        {
            Put(_tools, (Tool: tool, Call: call), known => known.Tool.Name == tool.Name);
        }

        return this;
    }

    /// <summary>Offers a prompt of one user message.</summary>
    /// <param name="name">Its name; a prompt of the same name is replaced.</param>
    /// <param name="get">Makes the message.</param>
    /// <param name="description">What it is for.</param>
    /// <returns>This server.</returns>
    public ScriptedServer Prompt(string name, Func<ScriptedRequest, string> get, string? description = null) =>
        Prompt(new Prompt { Name = name, Description = description }, request => Task.FromResult(new GetPromptResult
        {
            Messages = [new PromptMessage { Role = "user", Content = new TextContent { Text = get(request) } }],
        }));

    /// <summary>Offers a prompt with all that a prompt may say of itself.</summary>
    /// <param name="prompt">The prompt; one of the same name is replaced.</param>
    /// <param name="get">Called with the request.</param>
    /// <returns>This server.</returns>
    public ScriptedServer Prompt(Prompt prompt, Func<ScriptedRequest, Task<GetPromptResult>> get)
    {
        lock (_gate)
        {
            Put(_prompts, (Prompt: prompt, Get: get), known => known.Prompt.Name == prompt.Name);
        }

        return this;
    }

    /// <summary>Offers a resource of text.</summary>
    /// <param name="uri">Its URI; a resource of the same URI is replaced.</param>
    /// <param name="text">The text.</param>
    /// <param name="name">Its name; <c>null</c> = the URI.</param>
    /// <param name="mimeType">Its MIME type.</param>
    /// <returns>This server.</returns>
    public ScriptedServer Resource(string uri, string text, string? name = null, string? mimeType = null) =>
        Resource(new Resource { Uri = uri, Name = name ?? uri, MimeType = mimeType }, _ => Task.FromResult(Contents(uri, text, mimeType)));

    /// <summary>Offers a resource with all that a resource may say of itself.</summary>
    /// <param name="resource">The resource; one of the same URI is replaced.</param>
    /// <param name="read">Called with the request.</param>
    /// <returns>This server.</returns>
    public ScriptedServer Resource(Resource resource, Func<ScriptedRequest, Task<ReadResourceResult>> read)
    {
        lock (_gate)
        {
            Put(_resources, (Resource: resource, Read: read), known => known.Resource.Uri == resource.Uri);
        }

        return this;
    }

    /// <summary>Offers a template of resources of text.</summary>
    /// <param name="uriTemplate">An RFC 6570 template, for example <c>orders://{id}</c>; the same one is replaced.</param>
    /// <param name="read">Makes the text; <see cref="ReceivedMessage.Name"/> is the URI that is read.</param>
    /// <param name="name">Its name; <c>null</c> = the template.</param>
    /// <returns>This server.</returns>
    public ScriptedServer ResourceTemplate(string uriTemplate, Func<ScriptedRequest, string> read, string? name = null)
    {
        lock (_gate)
        {
            Put(
                _templates,
                (Template: new ResourceTemplate { UriTemplate = uriTemplate, Name = name ?? uriTemplate }, Matcher: UriTemplate.Parse(uriTemplate), Read: request => Task.FromResult(Contents(request.Name!, read(request), null))),
                known => known.Template.UriTemplate == uriTemplate);
        }

        return this;
    }

    /// <summary>Offers a tool no longer; nobody is told (<see cref="ToolsChangedAsync"/>).</summary>
    /// <param name="name">Its name.</param>
    /// <returns>This server.</returns>
    public ScriptedServer RemoveTool(string name)
    {
        lock (_gate)
        {
            _tools.RemoveAll(known => known.Tool.Name == name);
        }

        return this;
    }

    /// <summary>Answers a method with this handler, before anything else that would answer it, the handshake included.</summary>
    /// <param name="method">The method, for example <c>completion/complete</c>.</param>
    /// <param name="handler">Answers the request through its methods, or never. An exception is answered with -32603.</param>
    /// <returns>This server.</returns>
    public ScriptedServer On(string method, Func<ScriptedRequest, Task> handler)
    {
        lock (_gate)
        {
            _handlers[method] = handler;
        }

        return this;
    }

    /// <summary>Leaves requests of these methods to the test: it takes them with <see cref="ExpectRequestAsync"/> and answers them.</summary>
    /// <param name="methods">The methods; none = all of them, the handshake included.</param>
    /// <returns>This server.</returns>
    public ScriptedServer ByHand(params IReadOnlyCollection<string> methods)
    {
        lock (_gate)
        {
            _allByHand |= methods.Count == 0;
            _byHand.UnionWith(methods);
        }

        return this;
    }

    /// <summary>Lets the next requests of a method fail. Faults of one method happen in the order in which they were planned.</summary>
    /// <param name="method">The method, for example <c>tools/call</c>.</param>
    /// <param name="fault">What happens.</param>
    /// <param name="times">To how many requests; <c>null</c> = one, or as many as the fault needs; <see cref="int.MaxValue"/> = all.</param>
    /// <param name="name">Only requests that are aimed at this (<see cref="ReceivedMessage.Name"/>); <c>null</c> = all.</param>
    /// <returns>This server.</returns>
    public ScriptedServer FailNext(string method, Fault fault, int? times = null, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(fault);
        lock (_gate)
        {
            _plans.Add(new Plan(method, name, fault, times ?? fault.Times));
        }

        return this;
    }

    private static CallToolResult Text(string text) => new() { Content = [new TextContent { Text = text }] };

    private static ReadResourceResult Contents(string uri, string text, string? mimeType) =>
        new() { Contents = [new TextResourceContents { Uri = uri, Text = text, MimeType = mimeType }] };

    private static void Put<T>(List<T> all, T item, Predicate<T> same)
    {
        var place = all.FindIndex(same);
        if (place < 0)
        {
            all.Add(item);
        }
        else
        {
            all[place] = item;
        }
    }

    private Fault? TakeFault(ScriptedRequest request)
    {
        lock (_gate)
        {
            var plan = _plans.Find(plan => plan.Left > 0 && plan.Method == request.Method && (plan.Name is null || plan.Name == request.Name));
            if (plan is { Left: not int.MaxValue })
            {
                plan.Left--;
            }

            return plan?.Fault;
        }
    }

    private sealed class Plan(string method, string? name, Fault fault, int times)
    {
        public string Method => method;

        public string? Name => name;

        public Fault Fault => fault;

        public int Left { get; set; } = times;
    }
}
