using System.Threading.Channels;
using Akka;
using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Wire;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Sessions;

/// <summary>One event of a connection after the scan: a message, or whatever else its transport reported.</summary>
/// <param name="Source">The transport's event.</param>
/// <param name="Message">The scanned message if the event is a frame that passed the scan.</param>
/// <param name="Fault">Why the frame was refused.</param>
internal readonly record struct ScannedEvent(InboundEvent Source, Envelope? Message, ScanError? Fault);

/// <summary>
/// Actor, one per connection; child of its UpstreamSession, stops when the connection is gone. Owns the transport and materialises its two graphs:
/// reader and writer apart, so that a peer that stops reading cannot stop us reading, and a broken write does not lose what the peer still said.
/// </summary>
internal sealed class TransportOwner : UntypedActor
{
    private readonly ITransport _transport;
    private readonly IActorRef _session;
    private readonly Channel<OutboundFrame> _outbound;
    private readonly int _unacknowledgedBatches;
    private bool _disposed;
    private HubError? _error;

    public TransportOwner(ITransport transport, IActorRef session, HubSettings settings)
    {
        (_transport, _session, _unacknowledgedBatches) = (transport, session, settings.UnacknowledgedBatches);
        _outbound = Channel.CreateBounded<OutboundFrame>(new BoundedChannelOptions(settings.OutboundBuffer) { SingleReader = true, SingleWriter = true });
    }

    /// <summary>Event, to the session: the graphs run; messages go into <paramref name="Outbound"/>.</summary>
    public sealed record Opened(ChannelWriter<OutboundFrame> Outbound, TransportKind Kind);

    /// <summary>Event, to the session, which completes <paramref name="Acknowledged"/> when it has handled the batch; only so many batches are under way.</summary>
    public sealed record FramesRead(IActorRef Owner, ScannedEvent[] Events, TaskCompletionSource<NotUsed> Acknowledged);

    /// <summary>Event, to the session, the last one: the connection is gone. <paramref name="Error"/> is <c>null</c> after <see cref="Close"/>.</summary>
    public sealed record Closed(HubError? Error, TransportClosed Details);

    /// <summary>Command: end the connection politely.</summary>
    public sealed record Close
    {
        public static Close Instance { get; } = new();
    }

    private sealed record InboundEnded(Exception? Failure);

    private sealed record OutboundEnded(Exception? Failure);

    public static Props Props(ITransport transport, IActorRef session, HubSettings settings) =>
        Akka.Actor.Props.Create(() => new TransportOwner(transport, session, settings));

    protected override void PreStart()
    {
        var materializer = Context.Materializer();
        var (self, session) = (Self, _session);
        var inbound = _transport.Inbound
            .Select(Scan)
            .SelectAsync(_unacknowledgedBatches, events =>
            {
                var acknowledged = new TaskCompletionSource<NotUsed>();
                session.Tell(new FramesRead(self, events, acknowledged), ActorRefs.NoSender);
                return acknowledged.Task;
            })
            .ToMaterialized(Sink.Ignore<NotUsed>(), Keep.Right);
        var written = ChannelSource.FromReader(_outbound.Reader);
        var outbound = (_transport.ConfirmsWrites ? written : written.Where(frame => frame is not OutboundFrame.Message message || message.TryBegin()))
            .WatchTermination((_, done) => done)
            .ToMaterialized(_transport.Outbound, Keep.Left);

        // The reader starts the connection; a connection that cannot be started shows as its failure.
        inbound.Run(materializer).PipeTo(Self, success: _ => new InboundEnded(null), failure: cause => new InboundEnded(cause));
        outbound.Run(materializer).PipeTo(Self, success: _ => new OutboundEnded(null), failure: cause => new OutboundEnded(cause));
        _session.Tell(new Opened(_outbound.Writer, _transport.Kind));
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case InboundEnded ended:
                _error ??= ErrorOf(ended.Failure);
                Dispose();
                break;

            // The peer may still speak: the reader's end is what ends the connection.
            case OutboundEnded { Failure: { } failure }:
                _error ??= ErrorOf(failure);
                _outbound.Writer.TryComplete();
                Dispose();
                break;

            case OutboundEnded:
                break;

            case Close:
                Dispose();
                break;

            case TransportClosed closed:
                _session.Tell(new Closed(closed.Error ?? _error, closed));
                Context.Stop(Self);
                break;

            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PostStop()
    {
        // Stopped from above: the end of the connection goes on outside actors (ARCHITECTURE 10).
        _outbound.Writer.TryComplete();
        if (!_disposed)
        {
            OpenConnections.Of(Context.System).TrackClosing(_transport, Self.Path);
        }
    }

    private static ScannedEvent[] Scan(FrameBatch batch)
    {
        var events = new ScannedEvent[batch.Events.Count];
        for (var i = 0; i < events.Length; i++)
        {
            var source = batch.Events[i];
            events[i] = source is not InboundEvent.Frame frame ? new ScannedEvent(source, null, null)
                : EnvelopeScanner.TryScan(frame.Utf8, ScanLimits.FromServer, out var envelope, out var fault) ? new ScannedEvent(source, envelope, null)
                : new ScannedEvent(source, null, fault);
        }

        return events;
    }

    private static HubError? ErrorOf(Exception? failure) => failure switch
    {
        null => null,
        HubException hub => hub.Error,
        AggregateException { InnerException: { } inner } => ErrorOf(inner),
        _ => HubErrors.ConnectionLost.With(("reason", failure.Message)),
    };

    private void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _outbound.Writer.TryComplete();
        var closed = _transport.Closed;
        OpenConnections.Of(Context.System).TrackClosing(_transport, Self.Path)
            .ContinueWith(_ => closed, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default)
            .Unwrap()
            .PipeTo(Self, failure: cause => new TransportClosed(HubErrors.ConnectionLost.With(("reason", cause.Message))));
    }
}
