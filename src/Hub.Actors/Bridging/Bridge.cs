using McpHub.Actors.Routing;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Bridging;

/// <summary>
/// Translates between the era of a client and the era of a server; one implementation per cell (contract 3.0). Stateless, thread-safe, on bytes.
/// Everything era-specific about relayed calls lives behind this.
/// </summary>
internal abstract class Bridge
{
    private static readonly Bridge _legacyToLegacy = new LegacyToLegacy();
    private static readonly Bridge _legacyToModern = new LegacyToModern();
    private static readonly Bridge _modernToLegacy = new ModernToLegacy();
    private static readonly Bridge _modernToModern = new ModernToModern();

    public static Bridge Between(Era client, Era server) => (client, server) switch
    {
        (Era.Legacy, Era.Legacy) => _legacyToLegacy,
        (Era.Legacy, _) => _legacyToModern,
        (_, Era.Legacy) => _modernToLegacy,
        _ => _modernToModern,
    };

    /// <summary>
    /// A modern client's retry of a call that asked for input: no call of this hub ever does, so its state is not ours (contract 3.2, rule 7).
    /// To be asked before the request is routed.
    /// </summary>
    public static bool Refuses(RelayRequest request, out RelayAnswer answer)
    {
        var isRetry = request.Era == Era.Modern
            && (request.Envelope.Find(MemberOf.Params, "requestState"u8).Exists || request.Envelope.Find(MemberOf.Params, "inputResponses"u8).Exists);
        answer = isRetry ? Failure(request, HubErrors.InvalidArguments.With(("reason", "Invalid or expired requestState"))) : default;
        return isRetry;
    }

    /// <summary>The answer for an error that the hub itself made: <c>-32002</c> or <c>-32602</c> with <c>data.uri</c> for an unknown resource, nothing for a cancelled call.</summary>
    public static RelayAnswer Failure(RelayRequest request, HubError error)
    {
        if (error.Definition == HubErrors.CallCancelled)
        {
            return new RelayAnswer(true, error.ToErrorObject(), RpcErrorCodes.RequestCancelled, cancelled: true);
        }

        if (error.Definition != HubErrors.UnknownResource)
        {
            return new RelayAnswer(true, error.ToErrorObject(), error.StandardCode ?? error.Definition.WireCode);
        }

        var code = request.Era == Era.Legacy ? RpcErrorCodes.LegacyResourceNotFound : RpcErrorCodes.InvalidParams;
        ReadOnlyMemory<byte> part = (error with { StandardCode = code }).ToErrorObject();
        var uri = request.Envelope.Find(MemberOf.Params, "uri"u8);
        return new RelayAnswer(true, uri.Exists ? ErrorProjection.WithData(part, "uri", request.Envelope.Bytes(uri)) : part, code);
    }

    /// <summary>
    /// The <c>params</c> object for the server: name or URI as the server knows it (<paramref name="route"/>), reserved <c>_meta</c> keys of this hop, the progress token
    /// (<paramref name="progressToken"/>, a JSON token; empty = none) and log level (<paramref name="logLevel"/>, likewise; for modern servers), the rest as it came.
    /// </summary>
    public ReadOnlyMemory<byte> RequestParams(Envelope request, CallRoute route, PeerInfo peer, ReadOnlyMemory<byte> progressToken, ReadOnlyMemory<byte> logLevel = default)
    {
        var splicer = new EnvelopeSplicer(request);
        if (!request.Params.Exists)
        {
            splicer.Set(MemberOf.Envelope, "params", "{}"u8.ToArray());
            return splicer.ToPart(MemberOf.Params);
        }

        RequestEdits.SetTarget(splicer, route);
        RequestEdits.RemoveReserved(splicer, peer);
        RequestEdits.SetProgressToken(splicer, progressToken);
        EditRequest(splicer, route, peer);
        if (peer.Era == Era.Modern && !logLevel.IsEmpty)
        {
            splicer.Set(MemberOf.ParamsMeta, MetaKeys.LogLevel, logLevel);
        }

        return splicer.ToPart(MemberOf.Params);
    }

    /// <summary>The answer for the client: result or error object projected to its era and revision (contract 3.11, 3.12).</summary>
    public RelayAnswer Answer(RelayRequest request, CallRoute route, PeerInfo peer, Envelope answer)
    {
        if (answer.Kind == EnvelopeKind.Error)
        {
            return ErrorProjection.ForClient(request, route, peer.Era, answer);
        }

        var splicer = new EnvelopeSplicer(answer);
        var fault = answer.Frame.Span[answer.Result.Start] != (byte)'{' ? "its result is no object" : EditResult(splicer, request, route);
        return fault is null
            ? new RelayAnswer(false, splicer.ToSequence(MemberOf.Result))
            : Failure(request, HubErrors.UpstreamViolation.With(("reason", fault), ("server", route.Server.Id)) with { Delivery = Delivery.Answered });
    }

    /// <summary>A notification of a running call for the client, as a whole frame; empty = not for this client. <paramref name="progressToken"/> is the client's own token.</summary>
    public virtual ReadOnlyMemory<byte> Notification(RelayRequest request, Envelope notification, ReadOnlyMemory<byte> progressToken)
    {
        var isProgress = notification.Method == MethodNames.Progress;
        if (!notification.Params.Exists || (isProgress ? progressToken.IsEmpty : notification.Method != MethodNames.Message))
        {
            return default;
        }

        var splicer = new EnvelopeSplicer(notification);
        if (isProgress)
        {
            splicer.Set(MemberOf.Params, MetaKeys.ProgressToken, progressToken);
        }

        RequestEdits.RemoveReserved(splicer, MemberOf.ParamsMeta);
        return FrameWriter.Notification(notification.Method!, splicer.ToPart(MemberOf.Params).Span);
    }

    /// <summary>What the server's hop needs beside name, token and cleaned <c>_meta</c>.</summary>
    protected abstract void EditRequest(EnvelopeSplicer request, CallRoute route, PeerInfo peer);

    /// <summary>Projects a result.</summary>
    /// <returns>What is wrong with it; <c>null</c> if nothing.</returns>
    protected abstract string? EditResult(EnvelopeSplicer result, RelayRequest request, CallRoute route);
}
