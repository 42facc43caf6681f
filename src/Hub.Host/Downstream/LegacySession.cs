using System.Collections.Concurrent;
using Akka.Actor;
using McpHub.Actors;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;

namespace McpHub.Host.Downstream;

/// <summary>A legacy client's session as its requests see it; its actor is <see cref="DownstreamSession"/>. Thread-safe.</summary>
/// <param name="id">Secret: whoever has it is the client.</param>
/// <param name="revision">The negotiated revision.</param>
/// <param name="address">The client's address if it counts toward the sessions of that address.</param>
/// <param name="logs">Which log messages it takes; closed with the session.</param>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "The source has no timer and no wait handle; a request may still register on it after the session has ended.")]
internal sealed class LegacySession(string id, string revision, string? address, LogFloor logs)
{
    private readonly ConcurrentDictionary<ReadOnlyMemory<byte>, RunningCall> _calls = new(TokenComparer.Instance);
    private readonly CancellationTokenSource _ended = new();
    private int _inFlight;

    public string Id => id;

    public string Revision => revision;

    public string? Address => address;

    /// <summary>Which log messages the client takes.</summary>
    public LogFloor Logs => logs;

    /// <summary>What can be sent again.</summary>
    public SessionEvents Events { get; } = new();

    /// <summary>Whether its client knows events without a message, which give it an id to resume from before anything was sent (2025-11-25, transports, Sending Messages 6).</summary>
    public bool IsPrimed => ProtocolRevision.IsAtLeast(revision, ProtocolRevision.V2025_11_25);

    public ClientActivity Activity { get; } = new();

    public IActorRef Actor { get; set; } = ActorRefs.Nobody;

    /// <summary>Cancelled when the session has ended.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Takes a place for a call with this id, to be given back by <see cref="RunningCall.Release"/>; or says why there is none.</summary>
    public HubError? TryStart(ReadOnlyMemory<byte> requestId, int limit, out RunningCall call)
    {
        call = new RunningCall(this, requestId);
        if (Interlocked.Increment(ref _inFlight) > limit)
        {
            Interlocked.Decrement(ref _inFlight);
            return HubErrors.TooManyCalls.With(("count", limit)) with { RetryAfter = TimeSpan.FromSeconds(1) };
        }

        if (!_calls.TryAdd(requestId, call))
        {
            Interlocked.Decrement(ref _inFlight);
            return HubErrors.DuplicateRequestId.With();
        }

        Activity.Enter();
        return null;
    }

    /// <summary>Cancels the running call with this id token; nothing happens if there is none (2025-11-25, cancellation, Behavior Requirements).</summary>
    public void Cancel(ReadOnlyMemory<byte> requestId)
    {
        if (_calls.TryGetValue(requestId, out var call))
        {
            call.Cancel();
        }
    }

    /// <summary>Ends what still runs for the session.</summary>
    public void End()
    {
        logs.Close();
        _ended.Cancel();
        foreach (var call in _calls.Values)
        {
            call.Cancel();
        }
    }

    /// <summary>A place for a call, which may be cancelled before the call itself exists.</summary>
    public sealed class RunningCall(LegacySession session, ReadOnlyMemory<byte> requestId)
    {
        // Stands for a call that was cancelled or is over.
        private static readonly RelayedCall _none = new RefusedCall(default);

        private RelayedCall? _call;

        public void Attach(RelayedCall call)
        {
            if (Interlocked.CompareExchange(ref _call, call, null) is not null)
            {
                call.Cancel();
            }
        }

        public void Cancel() => Interlocked.Exchange(ref _call, _none)?.Cancel();

        /// <summary>Its client is not to wait for the answer alone any longer.</summary>
        public void Interrupt() => Volatile.Read(ref _call)?.Interrupt();

        /// <summary>Gives the place back. Whoever still holds it holds nothing of the call.</summary>
        public void Release()
        {
            Volatile.Write(ref _call, _none);
            session._calls.TryRemove(requestId, out _);
            requestId = default;
            Interlocked.Decrement(ref session._inFlight);
            session.Activity.Exit();
        }
    }

    private sealed class TokenComparer : IEqualityComparer<ReadOnlyMemory<byte>>
    {
        public static TokenComparer Instance { get; } = new();

        public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span);

        public int GetHashCode(ReadOnlyMemory<byte> token)
        {
            var hash = default(HashCode);
            hash.AddBytes(token.Span);
            return hash.ToHashCode();
        }
    }
}
