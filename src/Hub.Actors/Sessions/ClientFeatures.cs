using Akka.Event;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Sessions;

/// <summary>
/// What a session is to its server as a client: what it declares, who answers the server's requests and who hears what it says. One for each session, given with its
/// definition. Thread-safe.
/// </summary>
internal abstract class ClientFeatures
{
    /// <summary>A session that offers its server nothing: shared ones (ARCHITECTURE 2).</summary>
    public static ClientFeatures None { get; } = new NoFeatures();

    /// <summary>The <c>capabilities</c> object that is declared to a server of this era: in <c>initialize</c>, or in <c>_meta</c> of every modern request.</summary>
    public abstract ReadOnlyMemory<byte> Capabilities(Era era);

    /// <summary>Whether a legacy server was told that it will hear of changed roots.</summary>
    public virtual bool TellsRootsChanges => false;

    /// <summary>Session only: where failures of callbacks are logged.</summary>
    public virtual void LogTo(ILoggingAdapter log)
    {
    }

    /// <summary>
    /// Answers a request of the server; both the session (legacy) and the driver of <c>input_required</c> rounds (modern) ask here. Never throws and never fails, except
    /// that the task is cancelled with <paramref name="ct"/>: then nobody wants an answer. Runs what it runs on a task of its own.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="ct">Fires when the answer is not wanted any more.</param>
    public abstract Task<ServerAnswer> AnswerAsync(InboundRequest request, CancellationToken ct);

    /// <summary>Hands on a notification of the server that is not the progress of a call. Never blocks.</summary>
    public abstract void Hear(string serverId, Envelope notification);

    /// <summary>Hands on something that is wrong on the connection and does not end it. Never blocks.</summary>
    public abstract void Hear(HubError diagnostic);

    private sealed class NoFeatures : ClientFeatures
    {
        private static readonly byte[] _nothing = "{}"u8.ToArray();

        public override ReadOnlyMemory<byte> Capabilities(Era era) => _nothing;

        public override Task<ServerAnswer> AnswerAsync(InboundRequest request, CancellationToken ct) => Task.FromResult(ServerAnswer.Unsupported(request.Method));

        public override void Hear(string serverId, Envelope notification)
        {
            // Nobody listens.
        }

        public override void Hear(HubError diagnostic)
        {
            // Nobody listens.
        }
    }
}

/// <summary>A request of a server to its client: a JSON-RPC request of a legacy one, an entry of <c>inputRequests</c> of a modern one.</summary>
/// <param name="ServerId">The server that asks.</param>
/// <param name="Method">The method.</param>
/// <param name="Id">The request's id, or its key in <c>inputRequests</c>, as text.</param>
/// <param name="Params">The <c>params</c> object as it came; empty = none.</param>
/// <param name="RelatedCall">The call that caused it, where that is known.</param>
internal sealed record InboundRequest(string ServerId, string Method, string Id, ReadOnlyMemory<byte> Params, RelatedCall? RelatedCall)
{
    /// <summary>The token under which the server wants to hear of progress.</summary>
    public ProgressToken? ProgressToken => Params.Length == 0 ? null
        : JsonParts.Find(Params, "_meta"u8) is { Exists: true } meta && meta.In(Params).Span[0] == (byte)'{'
            ? McpHub.ProgressToken.FromJson(JsonParts.Find(meta.In(Params), "progressToken"u8).In(meta.In(Params).Span))
            : null;
}

/// <summary>The answer to a server's request: a result object or an error object.</summary>
/// <param name="IsError">Which of the two.</param>
/// <param name="Part">Its bytes.</param>
internal readonly record struct ServerAnswer(bool IsError, ReadOnlyMemory<byte> Part)
{
    /// <summary>What the callback threw, for its own side only.</summary>
    public Exception? Cause { get; init; }

    public static ServerAnswer Result(ReadOnlyMemory<byte> result) => new(false, result);

    public static ServerAnswer Error(int code, string message, ReadOnlySpan<byte> data = default) => new(true, FrameWriter.ErrorObject(code, message, data));

    /// <summary>An error of ours; no delivery in it, since nobody called.</summary>
    public static ServerAnswer Error(HubError error) =>
        Error(error.Definition.WireCode, error.ToModel, (byte[])[.. "{\"origin\":\"hub\",\"hub\":"u8, .. JsonText.Quote(error.Definition.Code), (byte)'}']);

    /// <summary>The refusal of what was not declared (contract 1, CB-01 to CB-03; EN-14).</summary>
    public static ServerAnswer Unsupported(string method) => method switch
    {
        MethodNames.SamplingCreateMessage => Error(RpcErrorCodes.MethodNotFound, "Sampling is not supported"),
        MethodNames.ElicitationCreate => Error(RpcErrorCodes.InvalidParams, "Elicitation is not supported"),
        MethodNames.RootsList => Error(RpcErrorCodes.MethodNotFound, "Roots are not supported"),
        _ => Error(RpcErrorCodes.MethodNotFound, "Method not found"),
    };

    /// <summary>The response frame.</summary>
    /// <param name="id">The request's id token.</param>
    public byte[] ToFrame(ReadOnlySpan<byte> id) => IsError ? FrameWriter.Error(id, Part.Span) : FrameWriter.Result(id, Part.Span);
}
