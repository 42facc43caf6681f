using System.Threading.Channels;
using Akka;
using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Wire;
using McpHub.Transports;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Sessions;

/// <summary>One event of a connection after the scan: a message, or whatever else its transport reported.</summary>
/// <param name="Source">The transport's event.</param>
/// <param name="Message">The scanned message if the event is a frame that passed the scan.</param>
/// <param name="Fault">Why the frame was refused.</param>
internal readonly record struct ScannedEvent(InboundEvent Source, Envelope? Message, ScanError? Fault)
{
    public static ScannedEvent[] Scan(IReadOnlyList<InboundEvent> events)
    {
        var scanned = new ScannedEvent[events.Count];
        for (var i = 0; i < scanned.Length; i++)
        {
            var (message, fault) = (default(Envelope), default(ScanError));
            if (events[i] is InboundEvent.Frame frame)
            {
                Scan(frame.Utf8, out message, out fault);
            }

            scanned[i] = new ScannedEvent(events[i], message, fault);
        }

        return scanned;
    }

    /// <summary>Exactly one of the two is set.</summary>
    public static void Scan(ReadOnlyMemory<byte> utf8, out Envelope? message, out ScanError? fault)
    {
        // What it does not set it leaves null.
        _ = EnvelopeScanner.TryScan(utf8, ScanLimits.FromServer, out message, out fault);
    }
}

/// <summary>
/// Actor, one per connection; child of its UpstreamSession, stops when the connection is gone. Owns the transport and materialises its two graphs:
/// reader and writer apart, so that a peer that stops reading cannot stop us reading, and a broken write does not lose what the peer still said.
/// The stages of our own transports speak with the session themselves (<see cref="IDirectTransport"/>); those of others go through elements.
/// </summary>
internal sealed class TransportOwner : UntypedActor
{
    private const int HttpBatches = 16;

    private readonly ITransport _transport;
    private readonly IActorRef _session;
    private readonly HubSettings _settings;
    private OutboundWriter? _outbound;
    private bool _disposed;
    private HubError? _error;

    public TransportOwner(ITransport transport, IActorRef session, HubSettings settings) => (_transport, _session, _settings) = (transport, session, settings);

    /// <summary>Event, to the session: the graphs run; messages go into <paramref name="Outbound"/>.</summary>
    public sealed record Opened(OutboundWriter Outbound, TransportKind Kind);

    /// <summary>Event, to the session, which acknowledges it when it has handled the batch; only so many batches are under way.</summary>
    public sealed class FramesRead(IActorRef owner, ScannedEvent[] events, object acknowledgement)
    {
        public IActorRef Owner => owner;

        public ScannedEvent[] Events => events;

        public void Acknowledge()
        {
            if (acknowledgement is SessionInlet inlet)
            {
                inlet.GiveBack();
            }
            else
            {
                ((TaskCompletionSource<NotUsed>)acknowledgement).TrySetResult(NotUsed.Instance);
            }
        }
    }

    /// <summary>Event, to the session: the whole answer of an exchange, with which it ended. Either <paramref name="Message"/> or <paramref name="Fault"/> is set.</summary>
    public sealed record AnswerRead(IActorRef Owner, long Exchange, ReadOnlyMemory<byte> Utf8, Envelope? Message, ScanError? Fault);

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
        // The reader starts the connection; a connection that cannot be started shows as its failure.
        ReadFrames(materializer).PipeTo(Self, success: _ => new InboundEnded(null), failure: cause => new InboundEnded(cause));
        WriteFrames(materializer).PipeTo(Self, success: _ => new OutboundEnded(null), failure: cause => new OutboundEnded(cause));
        _session.Tell(new Opened(_outbound!, _transport.Kind));
    }

    private Task<Done> ReadFrames(IMaterializer materializer)
    {
        var (self, session, batches) = (Self, _session, _settings.UnacknowledgedBatches);
        if (_transport is IDirectTransport direct)
        {
            // Over HTTP the answers of many exchanges come side by side, each in a batch of its own.
            var credits = direct.Kind == TransportKind.Http ? batches * HttpBatches : batches;
            return direct.InboundTo(new SessionInlet(self, session, credits)).RunWith(Sink.Ignore<NotUsed>(), materializer);
        }

        return _transport.Inbound
            .Select(batch => ScannedEvent.Scan(batch.Events))
            .SelectAsync(batches, events =>
            {
                var acknowledged = new TaskCompletionSource<NotUsed>();
                session.Tell(new FramesRead(self, events, acknowledged), ActorRefs.NoSender);
                return acknowledged.Task;
            })
            .RunWith(Sink.Ignore<NotUsed>(), materializer);
    }

    private Task<Done> WriteFrames(IMaterializer materializer)
    {
        if (_transport is IDirectTransport direct)
        {
            var (ended, writer) = Source.Maybe<OutboundFrame>().WatchTermination((_, done) => done).ToMaterialized(direct.DirectOutbound(_settings.OutboundBuffer), Keep.Both).Run(materializer);
            _outbound = writer;
            return ended;
        }

        var channel = Channel.CreateBounded<OutboundFrame>(new BoundedChannelOptions(_settings.OutboundBuffer) { SingleReader = true, SingleWriter = true });
        _outbound = new ChannelOutbound(channel.Writer);
        var written = ChannelSource.FromReader(channel.Reader);
        return (_transport.ConfirmsWrites ? written : written.Where(frame => frame is not OutboundFrame.Message message || message.TryBegin()))
            .WatchTermination((_, done) => done)
            .ToMaterialized(_transport.Outbound, Keep.Left)
            .Run(materializer);
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
                _outbound?.Complete();
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
        _outbound?.Complete();
        if (!_disposed)
        {
            OpenConnections.Of(Context.System).TrackClosing(_transport, Self.Path);
        }
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
        _outbound?.Complete();
        var closed = _transport.Closed;
        OpenConnections.Of(Context.System).TrackClosing(_transport, Self.Path)
            .ContinueWith(_ => closed, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default)
            .Unwrap()
            .PipeTo(Self, failure: cause => new TransportClosed(HubErrors.ConnectionLost.With(("reason", cause.Message))));
    }

    private sealed class ChannelOutbound(ChannelWriter<OutboundFrame> channel) : OutboundWriter
    {
        public override bool TryWrite(OutboundFrame frame) => channel.TryWrite(frame);

        public override void Complete() => channel.TryComplete();
    }
}
