using System.Threading.Channels;
using Akka.Actor;
using Akka.Event;
using McpHub.Actors.Routing;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Model;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Embedding;

/// <summary>The way of a typed call: straight to the owning session, no actor between.</summary>
internal static class TypedCalls
{
    private const int MaxCompletionValues = 100;

    /// <summary>Sends a request and reads its answer. Everything up to the handing over happens before this returns.</summary>
    /// <exception cref="PeerException">The server answered with an error.</exception>
    /// <exception cref="OutputSchemaException">The result does not keep its tool's output schema.</exception>
    /// <exception cref="HubException">Anything else.</exception>
    public static async Task<T> SendAsync<T>(ActorSystem system, CallRoute route, TypedRequest request, CallOptions? options, CancellationToken ct)
        where T : McpObject
    {
        ct.ThrowIfCancellationRequested();
        var server = route.Server;
        var timeout = CallTimeouts.Check(options?.Timeout, nameof(CallOptions.Timeout));
        if ((timeout ?? server.CallTimeout) == TimeSpan.Zero)
        {
            throw HubException.From(HubErrors.DeadlinePassed.With(("server", server.Id), ("method", request.Method), ("seconds", 0)));
        }

        var envelope = request.ToEnvelope();
        RequireOffered(route.Session, request.Method);

        var progress = options?.Progress;
        var call = UpstreamCalls.Send(envelope, route.Session.Peer?.Era ?? Era.Legacy, route, progress is not null, timeout, timeout is { } own ? CallTimeouts.Maximum(own, server.CallMaximum) : null, level: options?.LogLevel);
        CallOutcome outcome;
        using (ct.UnsafeRegister(static started => ((StartedCall)started!).Cancel(), call))
        {
            var ending = EndAsync(system, call, progress);
            if (await Task.WhenAny(ending, system.WhenTerminated).ConfigureAwait(false) != ending)
            {
                // Its owner ended the actor system: nobody is left who could end the call.
                call.Sink.TryFail(HubErrors.ServerDisconnected.With(("server", server.Id)) with { Delivery = Delivery.Unknown });
            }

            outcome = await ending.ConfigureAwait(false);
        }

        if (outcome.Error is { } error)
        {
            throw error.Definition == HubErrors.CallCancelled && ct.IsCancellationRequested ? new OperationCanceledException(ct) : HubException.From(error);
        }

        var result = Read<T>(outcome.Answer!, call.Peer!, server.Id);
        if (result is CallToolResult called && server.OutputChecks is { } checks && JsonText.Unescape(route.OriginalName.Span) is { } tool)
        {
            checks.Check(called, route.Session.Tools.Find(tool), call.Peer!, server.Id, system);
        }

        return result;
    }

    private static async Task<CallOutcome> EndAsync(ActorSystem system, StartedCall call, IProgress<ProgressNotification>? progress)
    {
        if (call.Sink.Notifications is { } notifications)
        {
            await ReportAsync(system, notifications, progress!).ConfigureAwait(false);
        }

        return await call.Sink.Outcome.ConfigureAwait(false);
    }

    // In order and before the result, on the flow of the call.
    private static async Task ReportAsync(ActorSystem system, ChannelReader<Envelope> notifications, IProgress<ProgressNotification> progress)
    {
        while (await notifications.WaitToReadAsync().ConfigureAwait(false))
        {
            while (notifications.TryRead(out var notification))
            {
                try
                {
                    progress.Report(McpJson.Parse<ProgressNotification>(notification.Bytes(notification.Params)));
                }
                catch (Exception failure)
                {
                    // The caller's code, or a notification no type fits: neither may spoil the call.
                    system.Log.Warning(failure, "A progress notification could not be reported");
                }
            }
        }
    }

    private static T Read<T>(Envelope answer, PeerInfo peer, string serverId)
        where T : McpObject
    {
        if (answer.Kind == EnvelopeKind.Error)
        {
            throw PeerErrors.From(answer, serverId);
        }

        // 2026-07-28, basic, "Result Responses": nothing but "complete" was agreed on.
        var type = answer.Find(MemberOf.Result, "resultType"u8);
        if (peer.Era == Era.Modern && type.Exists && answer.Text(MemberOf.Result, "resultType"u8) is var name && name != "complete")
        {
            throw HubException.From(HubErrors.UpstreamViolation.With(("server", serverId), ("reason", $"it answered with a result of type \"{name ?? "?"}\", which was not agreed on")) with { Delivery = Delivery.Answered });
        }

        var result = McpJson.Parse<T>(answer.Bytes(answer.Result), serverId);
        return result is CompleteResult completed ? (T)(McpObject)Within(completed) : result;
    }

    // 2025-11-25, server/utilities/completion, "Completion Results": at most 100 (contract 4, B-030).
    private static CompleteResult Within(CompleteResult result) => result.Completion.Values.Count <= MaxCompletionValues ? result : result with
    {
        Completion = result.Completion with { Values = [.. result.Completion.Values.Take(MaxCompletionValues)], HasMore = true },
    };

    /// <exception cref="HubException"><c>HUB5107</c>: the connected server does not offer what the method needs.</exception>
    public static void RequireOffered(SessionRef session, string method)
    {
        if (session.Peer is { } peer && !Offers(peer, method))
        {
            throw HubException.From(HubErrors.CapabilityMissing.With(("server", session.ServerId), ("method", method)));
        }
    }

    // Both sides use only what was negotiated (2025-11-25, lifecycle, "Operation"; contract 1, EN-18).
    private static bool Offers(PeerInfo peer, string method) => method switch
    {
        MethodNames.ToolsList or MethodNames.ToolsCall => peer.HasTools,
        MethodNames.PromptsList or MethodNames.PromptsGet => peer.HasPrompts,
        MethodNames.ResourcesList or MethodNames.ResourceTemplatesList or MethodNames.ResourcesRead => peer.HasResources,
        MethodNames.SetLevel => peer.HasLogging,
        _ => true,
    };
}
