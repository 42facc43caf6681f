using System.Globalization;
using McpHub.Protocol.Model;
using McpHub.Protocol.Revisions;
using Newtonsoft.Json.Linq;

namespace McpHub.Testing;

/// <content>What it answers by itself.</content>
public sealed partial class ScriptedServer
{
    private static readonly JObject _complete = new() { ["ttlMs"] = 3_600_000, ["cacheScope"] = "public" };

    /// <summary>Begins to handle a request: what a test wrote runs on a task of its own, what the server knows by itself at once.</summary>
    internal void Handle(ScriptedRequest request)
    {
        // Taken here, where requests are still in the order in which they came.
        request.Fault = TakeFault(request);
        bool isScripted;
        lock (_gate)
        {
            isScripted = _handlers.ContainsKey(request.Method!) || request.Method is MethodNames.ToolsCall or MethodNames.PromptsGet or MethodNames.ResourcesRead;
        }

        _ = isScripted ? Task.Run(() => HandleAsync(request)) : HandleAsync(request);
    }

    private async Task HandleAsync(ScriptedRequest request)
    {
        try
        {
            if (request.Fault is { } fault && await fault.BeginAsync(request).ConfigureAwait(false))
            {
                return;
            }

            Func<ScriptedRequest, Task>? handler;
            bool byHand;
            lock (_gate)
            {
                handler = _handlers.GetValueOrDefault(request.Method!);
                byHand = _allByHand || _byHand.Contains(request.Method!);
            }

            if (handler is not null)
            {
                await handler(request).ConfigureAwait(false);
            }
            else if (!byHand)
            {
                await AnswerAsync(request).ConfigureAwait(false);
            }
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException or System.Net.Sockets.SocketException)
        {
            // The client went away, which its own side of the test sees.
        }
        catch (Exception) when (request.IsAnswered)
        {
            // A handler that fails after its answer has nobody to tell.
        }
        catch (ScriptedErrorException error)
        {
            await request.ErrorAsync(error.Code, error.Message, error.ErrorData).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            await request.ErrorAsync(RpcErrorCodes.InternalError, error.Message).ConfigureAwait(false);
        }
    }

    private Task AnswerAsync(ScriptedRequest request)
    {
        switch (request.Method)
        {
            case MethodNames.Initialize when Speaks(Era.Legacy):
                request.Owner.IsLegacy = true;
                return request.ReplyAsync(Introduction(new JObject
                {
                    ["protocolVersion"] = Revision ?? (ProtocolRevision.IsLegacy((string?)request.Params["protocolVersion"]) ? request.Params["protocolVersion"] : ProtocolRevision.NewestLegacy),
                    ["capabilities"] = AllCapabilities(),
                    ["serverInfo"] = Info(),
                }));

            case MethodNames.Discover when Speaks(Era.Modern):
                return request.ReplyAsync(Introduction(new JObject
                {
                    ["supportedVersions"] = new JArray(ProtocolRevision.NewestModern),
                    ["capabilities"] = AllCapabilities(),
                    ["ttlMs"] = 0,
                    ["cacheScope"] = "private",
                    ["_meta"] = new JObject { [MetaKeys.ServerInfo] = Info() },
                }));

            case MethodNames.Ping:
            case MethodNames.SetLevel:
                return request.ReplyAsync(new JObject());

            case MethodNames.ToolsList:
                return PageAsync(request, "tools", Snapshot(_tools).Select(item => (McpObject)item.Tool));

            case MethodNames.PromptsList:
                return PageAsync(request, "prompts", Snapshot(_prompts).Select(item => (McpObject)item.Prompt));

            case MethodNames.ResourcesList:
                return PageAsync(request, "resources", Snapshot(_resources).Select(item => (McpObject)item.Resource));

            case MethodNames.ResourceTemplatesList:
                return PageAsync(request, "resourceTemplates", Snapshot(_templates).Select(item => (McpObject)item.Template));

            case MethodNames.ToolsCall when Snapshot(_tools).FirstOrDefault(item => item.Tool.Name == request.Name).Call is { } call:
                return CallAsync(request, call);

            case MethodNames.PromptsGet when Snapshot(_prompts).FirstOrDefault(item => item.Prompt.Name == request.Name).Get is { } get:
                return ReplyAsync(request, get);

            case MethodNames.ResourcesRead when ReaderOf(request.Name ?? "") is { } read:
                return ReplyAsync(request, read);

            case MethodNames.ToolsCall or MethodNames.PromptsGet:
                return request.ErrorAsync(RpcErrorCodes.InvalidParams, $"there is no {request.Name}");

            case MethodNames.ResourcesRead:
                return request.ErrorAsync(request.Era == Era.Legacy ? RpcErrorCodes.LegacyResourceNotFound : RpcErrorCodes.InvalidParams, $"there is no {request.Name}", new JObject { ["uri"] = request.Name });

            case MethodNames.ResourcesSubscribe:
                request.Owner.Subscribed[request.Name ?? ""] = true;
                return request.ReplyAsync(new JObject());

            case MethodNames.ResourcesUnsubscribe:
                request.Owner.Subscribed.TryRemove(request.Name ?? "", out _);
                return request.ReplyAsync(new JObject());

            case MethodNames.SubscriptionsListen when Speaks(Era.Modern):
                request.Owner.Listening[request.IdText] = request;
                return request.NotifyAsync(MethodNames.SubscriptionsAcknowledged, new JObject
                {
                    ["_meta"] = new JObject { [MetaKeys.SubscriptionId] = request.Id!.DeepClone() },
                    ["notifications"] = request.Params["notifications"]?.DeepClone() ?? new JObject(),
                });

            default:
                return request.ErrorAsync(RpcErrorCodes.MethodNotFound, $"method not found: {request.Method}");
        }
    }

    private static async Task CallAsync(ScriptedRequest request, Func<ScriptedRequest, Task<CallToolResult>> call)
    {
        CallToolResult result;
        try
        {
            result = await call(request).ConfigureAwait(false);
        }
        catch (Exception failed) when (failed is not ScriptedErrorException)
        {
            result = Text(failed.Message) with { IsError = true };
        }

        if (!request.IsAnswered)
        {
            await request.ReplyAsync(result).ConfigureAwait(false);
        }
    }

    private static async Task ReplyAsync<T>(ScriptedRequest request, Func<ScriptedRequest, Task<T>> make)
        where T : McpResult
    {
        var result = await make(request).ConfigureAwait(false);
        if (!request.IsAnswered)
        {
            var json = (JObject)McpJson.ParseToken(McpJson.ToUtf8(result));
            await request.ReplyAsync(result is CacheableResult ? Cacheable(request, json) : json).ConfigureAwait(false);
        }
    }

    // 2026-07-28, server/utilities/caching: both members are required there.
    private static JObject Cacheable(ScriptedRequest request, JObject result)
    {
        if (request.Era == Era.Modern && !result.ContainsKey("ttlMs"))
        {
            result.Merge(_complete);
        }

        return result;
    }

    private Task PageAsync(ScriptedRequest request, string member, IEnumerable<McpObject> items)
    {
        var all = items.ToArray();
        var cursor = (string?)request.Params["cursor"];
        var start = 0;
        if (cursor is not null && (!int.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out start) || start > all.Length))
        {
            return request.ErrorAsync(RpcErrorCodes.InvalidParams, $"there is no cursor {cursor}");
        }

        var end = (int)Math.Min(all.Length, start + (long)PageSize);
        var result = new JObject { [member] = new JArray(all[start..end].Select(item => McpJson.ParseToken(McpJson.ToUtf8(item)))) };
        if (end < all.Length)
        {
            result["nextCursor"] = end.ToString(CultureInfo.InvariantCulture);
        }

        return request.ReplyAsync(Cacheable(request, result));
    }

    private Func<ScriptedRequest, Task<ReadResourceResult>>? ReaderOf(string uri) =>
        Snapshot(_resources).FirstOrDefault(item => item.Resource.Uri == uri).Read ?? Snapshot(_templates).FirstOrDefault(item => item.Matcher?.Matches(uri) == true).Read;

    private JObject Introduction(JObject result)
    {
        if (Instructions is not null)
        {
            result["instructions"] = Instructions;
        }

        return result;
    }

    private JObject Info() => new() { ["name"] = Name, ["version"] = "1.0.0" };

    private JObject AllCapabilities()
    {
        if (Capabilities is not null)
        {
            return (JObject)Capabilities.DeepClone();
        }

        var all = new JObject
        {
            ["tools"] = new JObject { ["listChanged"] = true },
            ["prompts"] = new JObject { ["listChanged"] = true },
            ["resources"] = new JObject { ["listChanged"] = true, ["subscribe"] = true },
            ["logging"] = new JObject(),
        };
        lock (_gate)
        {
            if (_handlers.ContainsKey(MethodNames.Complete) || _byHand.Contains(MethodNames.Complete))
            {
                all["completions"] = new JObject();
            }
        }

        return all;
    }

    private T[] Snapshot<T>(List<T> items)
    {
        lock (_gate)
        {
            return [.. items];
        }
    }
}
