using System.Text;
using McpHub.Protocol.Revisions;
using McpHub.Testing.Engine;
using Newtonsoft.Json.Linq;

namespace McpHub.Testing;

/// <content>What it says unasked.</content>
public sealed partial class ScriptedServer
{
    /// <summary>Tells the clients that the tools changed: legacy ones on their connection, modern ones on the subscriptions they opened.</summary>
    public Task ToolsChangedAsync() => ChangedAsync(MethodNames.ToolsListChanged, "toolsListChanged");

    /// <summary>Tells the clients that the prompts changed.</summary>
    public Task PromptsChangedAsync() => ChangedAsync(MethodNames.PromptsListChanged, "promptsListChanged");

    /// <summary>Tells the clients that the resources or their templates changed.</summary>
    public Task ResourcesChangedAsync() => ChangedAsync(MethodNames.ResourcesListChanged, "resourcesListChanged");

    /// <summary>Tells the clients that subscribed to a resource that it changed.</summary>
    /// <param name="uri">The resource.</param>
    public async Task ResourceUpdatedAsync(string uri)
    {
        var parameters = new JObject { ["uri"] = uri };
        foreach (var connection in Connections())
        {
            if (connection.Subscribed.ContainsKey(uri) && connection.Unasked is { } path)
            {
                await SendAsync(path, MethodNames.ResourcesUpdated, parameters).ConfigureAwait(false);
            }

            foreach (var listen in connection.Listening.Values.Where(listen => listen.Params["notifications"]?["resourceSubscriptions"] is JArray uris && uris.Any(wanted => (string?)wanted == uri)))
            {
                await listen.NotifyAsync(MethodNames.ResourcesUpdated, Tagged(parameters, listen)).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Sends a log message to the legacy clients; to a modern one it goes with the request that asks for it (<see cref="ScriptedRequest.NotifyAsync"/>).</summary>
    /// <param name="level">The level, for example <c>warning</c>.</param>
    /// <param name="data">What is logged.</param>
    /// <param name="logger">Who logs.</param>
    public Task LogAsync(string level, JToken data, string? logger = null)
    {
        var parameters = new JObject { ["level"] = level, ["data"] = data };
        if (logger is not null)
        {
            parameters["logger"] = logger;
        }

        return NotifyAsync(MethodNames.Message, parameters);
    }

    /// <summary>Sends a notification to all legacy clients; over HTTP on the stream that they opened with GET, or once they open it.</summary>
    /// <param name="method">The method.</param>
    /// <param name="parameters">The member <c>params</c>; <c>null</c> leaves it out.</param>
    public Task NotifyAsync(string method, JObject? parameters = null) =>
        Task.WhenAll(Connections().Where(connection => connection.IsLegacy && connection.Unasked is not null).Select(connection => SendAsync(connection.Unasked!, method, parameters)));

    /// <summary>Sends any bytes to all clients, as they are: over HTTP as an event, elsewhere as a line.</summary>
    /// <param name="message">What is sent.</param>
    public Task SendAsync(string message) =>
        Task.WhenAll(Connections().Where(connection => connection.Unasked is not null).Select(connection => connection.Unasked!.WriteAsync(Encoding.UTF8.GetBytes(message), isLast: false)));

    /// <summary>Asks the client of the only legacy connection something (<c>ping</c>, <c>roots/list</c>, <c>sampling/createMessage</c>, <c>elicitation/create</c>).</summary>
    /// <param name="method">The method.</param>
    /// <param name="parameters">The member <c>params</c>; <c>null</c> leaves it out.</param>
    /// <returns>The client's result.</returns>
    /// <exception cref="ScriptedErrorException">The client answered with an error.</exception>
    /// <exception cref="ScriptException">No answer came within <see cref="Patience"/>, or there is not exactly one such connection.</exception>
    public Task<JObject> RequestAsync(string method, JObject? parameters = null)
    {
        var legacy = Connections().Where(connection => connection.IsLegacy && connection.Unasked is not null).ToArray();
        return legacy.Length == 1
            ? legacy[0].RequestAsync(legacy[0].Unasked!, method, parameters)
            : throw new ScriptException($"there are {legacy.Length} legacy connections of \"{Name}\": use RequestAsync of the request that came on the right one");
    }

    private static Task SendAsync(ReplyPath path, string method, JObject? parameters) =>
        path.WriteAsync(Encoding.UTF8.GetBytes(Message.Notification(method, parameters)), isLast: false);

    private static JObject Tagged(JObject? parameters, ScriptedRequest listen)
    {
        var tagged = (JObject?)parameters?.DeepClone() ?? [];
        tagged["_meta"] = new JObject { [MetaKeys.SubscriptionId] = listen.Id!.DeepClone() };
        return tagged;
    }

    private async Task ChangedAsync(string method, string wanted)
    {
        await NotifyAsync(method).ConfigureAwait(false);
        foreach (var listen in Connections().SelectMany(connection => connection.Listening.Values).Where(listen => (bool?)listen.Params["notifications"]?[wanted] == true))
        {
            await listen.NotifyAsync(method, Tagged(null, listen)).ConfigureAwait(false);
        }
    }
}
