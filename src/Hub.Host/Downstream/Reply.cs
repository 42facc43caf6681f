using McpHub.Actors;
using McpHub.Protocol.Errors;

namespace McpHub.Host.Downstream;

/// <summary>How a request is answered: at once by a result or error object, or by a running call.</summary>
internal readonly struct Reply
{
    private Reply(int status, bool isError, ReadOnlyMemory<byte> part) => (Status, IsError, Part) = (status, isError, part);

    private Reply(RelayedCall call, LegacySession.RunningCall? running) => (Status, Call, Running) = (StatusCodes.Status200OK, call, running);

    public int Status { get; }

    public bool IsError { get; }

    /// <summary>The result or error object.</summary>
    public ReadOnlyMemory<byte> Part { get; }

    /// <summary>The call whose answer is the answer; <c>null</c> if <see cref="Part"/> is it.</summary>
    public RelayedCall? Call { get; }

    /// <summary>The place that <see cref="Call"/> has in its legacy session: to be given back.</summary>
    public LegacySession.RunningCall? Running { get; }

    /// <summary>Value of the Retry-After header.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    public static Reply Result(ReadOnlyMemory<byte> result) => new(StatusCodes.Status200OK, isError: false, result);

    public static Reply Error(HubError error, int status = StatusCodes.Status200OK) => new(status, isError: true, error.ToErrorObject()) { RetryAfter = error.RetryAfter };

    public static Reply Error(ReadOnlyMemory<byte> errorObject, int status) => new(status, isError: true, errorObject);

    public static Reply Of(RelayedCall call, LegacySession.RunningCall? running = null) => new(call, running);
}
