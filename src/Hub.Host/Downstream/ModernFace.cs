using McpHub.Actors;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;

namespace McpHub.Host.Downstream;

/// <summary>Answers modern requests: each stands for itself (2026-07-28). Everything that a session was needed for is gone.</summary>
internal sealed class ModernFace(HubRuntime runtime)
{
    private static ReadOnlySpan<byte> LogLevelKey => "io.modelcontextprotocol/logLevel"u8;

    /// <summary>Answers a validated request that is no <c>subscriptions/listen</c>.</summary>
    public ValueTask<Reply> AnswerAsync(Envelope request, HttpContext context)
    {
        var method = request.Method!;
        if (Lists.IsRelayed(method))
        {
            return new ValueTask<Reply>(Relay(request));
        }

        if (method != MethodNames.Discover && Lists.KindOf(method) is null)
        {
            return new ValueTask<Reply>(Reply.Error(HubErrors.UnknownMethod.With(("method", Short(method))), StatusCodes.Status404NotFound));
        }

        return runtime.Settled.IsCompleted ? new ValueTask<Reply>(FromTable(request)) : SettledAsync(request, context.RequestAborted);
    }

    private Reply Relay(Envelope request)
    {
        LogFloor? logs = null;
        if (request.Find(MemberOf.ParamsMeta, LogLevelKey) is { Exists: true } token)
        {
            if (!LoggingLevels.TryRead(token.In(request.Frame.Span), out var level))
            {
                return Reply.Error(HubErrors.InvalidArguments.With(("reason", $"unknown {MetaKeys.LogLevel}")));
            }

            logs = runtime.Logs.ForRequest(level);
        }

        return Reply.Of(runtime.Relay(new RelayRequest(request, Era.Modern, ProtocolRevision.NewestModern, Streams: true) { Logs = logs }));
    }

    private async ValueTask<Reply> SettledAsync(Envelope request, CancellationToken gone)
    {
        await runtime.Settled.WaitAsync(gone);
        return FromTable(request);
    }

    private Reply FromTable(Envelope request) => Lists.KindOf(request.Method!) is { } kind
        ? Lists.Page(runtime, kind, request, Era.Modern, ProtocolRevision.NewestModern)
        : Reply.Result(runtime.Table.DiscoverResult());

    /// <summary>A peer's text for an error message.</summary>
    internal static string Short(string text) => text.Length <= 128 ? text : text[..128];
}
