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

        RequireOffered(route.Session, request.Method);
        if (options is { InputResponses: not null } or { RequestState: not null } && route.Session.Peer?.Era == Era.Legacy)
        {
            throw HubException.From(HubErrors.InvalidArguments.With(("server", server.Id), ("reason", "only a modern server takes InputResponses and RequestState")));
        }

        var maximum = timeout is { } own ? CallTimeouts.Maximum(own, server.CallMaximum) : server.CallMaximum;
        var leg = new CallLeg(system, route, options, timeout, maximum);
        var rounds = route.Session.Peer?.Era == Era.Modern ? new InputRounds(leg, request, ct) : null;
        var (answer, call) = await SendOnceAsync(leg, request, ct).ConfigureAwait(false);
        if (rounds is not null)
        {
            (answer, call) = await rounds.RunAsync(answer, call).ConfigureAwait(false);
        }

        var result = Read<T>(answer, call.Peer!, server.Id);
        if (result is CallToolResult called && server.OutputChecks is { } checks && JsonText.Unescape(route.OriginalName.Span) is { } tool)
        {
            checks.Check(called, route.Session.Tools.Find(tool), call.Peer!, server.Id, system);
        }

        return result;
    }

    /// <summary>One request of a call and its answer, result or error of the server.</summary>
    /// <exception cref="HubException">There is none.</exception>
    public static async Task<(Envelope Answer, StartedCall Call)> SendOnceAsync(CallLeg leg, TypedRequest request, CancellationToken ct)
    {
        var (system, route, progress) = (leg.System, leg.Route, leg.Progress);
        var era = route.Session.Peer?.Era ?? Era.Legacy;
        var call = UpstreamCalls.Send(request.ToEnvelope(), era, route, progress is not null, leg.Timeout, leg.Maximum, level: leg.Options?.LogLevel);
        CallOutcome outcome;
        using (ct.UnsafeRegister(static started => ((StartedCall)started!).Cancel(), call))
        {
            var ending = EndAsync(system, call, progress);
            if (await Task.WhenAny(ending, system.WhenTerminated).ConfigureAwait(false) != ending)
            {
                // Its owner ended the actor system: nobody is left who could end the call.
                call.Sink.TryFail(HubErrors.ServerDisconnected.With(("server", route.Server.Id)) with { Delivery = Delivery.Unknown });
            }

            outcome = await ending.ConfigureAwait(false);
        }

        if (outcome.Error is { } error)
        {
            throw error.Definition == HubErrors.CallCancelled && ct.IsCancellationRequested ? new OperationCanceledException(ct) : HubException.From(error);
        }

        return (outcome.Answer!, call);
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

/// <summary>What all requests of one call have in common.</summary>
/// <param name="System">The actor system.</param>
/// <param name="Route">The way to the server.</param>
/// <param name="Options">What the caller asked for.</param>
/// <param name="Timeout">Time without progress; <c>null</c> = the server's.</param>
/// <param name="Maximum">Time in all that is left.</param>
internal sealed record CallLeg(ActorSystem System, CallRoute Route, CallOptions? Options, TimeSpan? Timeout, TimeSpan Maximum)
{
    /// <summary>Where progress goes: it grows over all requests, each of which may begin anew.</summary>
    public IProgress<ProgressNotification>? Progress { get; } = Options?.Progress is { } progress ? new GrowingProgress(progress) : null;

    private sealed class GrowingProgress(IProgress<ProgressNotification> progress) : IProgress<ProgressNotification>
    {
        private double _last = double.NegativeInfinity;

        public void Report(ProgressNotification value)
        {
            if (value.Progress > _last)
            {
                _last = value.Progress;
                progress.Report(value);
            }
        }
    }
}
