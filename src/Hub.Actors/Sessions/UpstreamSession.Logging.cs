using System.Text;
using Akka.Event;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Sessions;

/// <summary>Log messages of the server: whose they are, and what level a legacy server is told (contract 3.2, rule 23; 3.3, rules 14 and 15; 3.6).</summary>
internal sealed partial class UpstreamSession
{
    private const int LongestLogged = 2000;
    private const int MaxGivenUp = 1024;
    private static readonly TimeSpan SetLevelTimeout = TimeSpan.FromSeconds(2);

    // How long a server may go on logging about a call that it was told to give up.
    private static readonly TimeSpan GivenUpCallLogs = TimeSpan.FromSeconds(30);

    private void OnLogMessage(Connection connection, Envelope notification, long? exchange)
    {
        if (Attributed(connection, exchange) is { Call.Sink: { Logs: { } floor } sink } request
            && LoggingLevels.TryRead(notification.Find(MemberOf.Params, "level"u8).In(notification.Frame.Span), out var severity))
        {
            if (floor.Admits(severity))
            {
                Pass(request, sink, floor, notification);
            }

            return;
        }

        if (_log.IsDebugEnabled)
        {
            var text = Encoding.UTF8.GetString(notification.Bytes(notification.Params).Span[..Math.Min(LongestLogged, notification.Params.Length)]);
            _log.Debug("Server {0} logs: {1}", _server.Id, string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)));
        }
    }

    /// <summary>The level that the session's user has set holds for the new connection too.</summary>
    private void RestoreLogLevel(Connection connection, PeerInfo peer)
    {
        if (_self.LogLevel is { } level && peer is { Era: Era.Legacy, HasLogging: true })
        {
            byte[] parameters = [.. "{\"level\":"u8, .. LoggingLevels.Token(level).Span, (byte)'}'];
            Request(connection, MethodNames.SetLevel, parameters, SetLevelTimeout, ProtocolHeaders.For(peer, MethodNames.SetLevel, null), outcome =>
            {
                if (outcome.Answer is not { Kind: EnvelopeKind.Result })
                {
                    _log.Warning("Server {0} did not take the log level again after the reconnect", _server.Id);
                }
            });
        }
    }

    private void Pass(PendingRequest request, CallSink sink, LogFloor floor, Envelope notification)
    {
        var meter = request.Logs ??= new LogMeter();
        if (!meter.TryTake(_clock.Elapsed))
        {
            return;
        }

        if (meter.TakeReport(floor.Level) is { } report)
        {
            sink.Push(report);
        }

        if (!sink.Push(notification))
        {
            meter.Drop();
        }
    }

    /// <summary>The call that something the server says belongs to: by its response stream, on a channel if it is the only one there is; else none's.</summary>
    private PendingRequest? Attributed(Connection connection, long? exchange)
    {
        if (exchange is { } own)
        {
            return _pending.GetValueOrDefault(own);
        }

        if (connection.Kind == TransportKind.Http || (connection.GivenUp.Count > 0 && _clock.Elapsed < connection.GivenUpUntil))
        {
            return null;
        }

        PendingRequest? only = null;
        foreach (var request in _pending.Values)
        {
            if (request.Call is not null && request.Frame.HasBegun)
            {
                if (only is not null)
                {
                    return null;
                }

                only = request;
            }
        }

        return only;
    }

    private void Remember(Connection connection, PendingRequest givenUp)
    {
        if (givenUp.Call is not null && connection.Kind == TransportKind.Channel)
        {
            if (_clock.Elapsed >= connection.GivenUpUntil)
            {
                connection.GivenUp.Clear();
            }

            // Most servers never answer what was cancelled: what counts then is the time.
            if (connection.GivenUp.Count < MaxGivenUp)
            {
                connection.GivenUp.Add(givenUp.Id);
            }

            connection.GivenUpUntil = _clock.Elapsed + GivenUpCallLogs;
        }
    }

    /// <summary>
    /// Tells a legacy server the most verbose level that anybody wants; less verbose only while no call runs. Nothing is told before a client named a level:
    /// until then the server decides (contract 3.3, rule 14).
    /// </summary>
    /// <returns>Whether the call has to wait until the server knows the level.</returns>
    private bool TellLevel(Connection connection, PeerInfo peer, LogFloor floor, PendingRequest of)
    {
        if (peer.Era == Era.Modern)
        {
            return false;
        }

        var interest = floor.Interest;
        if (connection.LogLevel is null && !floor.IsAsked && !interest.IsAsked)
        {
            return false;
        }

        var wanted = interest.MostVerbose(floor.Level);
        if (connection.LogLevel is { } told && (told == wanted || (told < wanted && _pending.Values.Any(request => request.Call is not null && request != of))))
        {
            return connection.LevelsUnderWay > 0;
        }

        connection.LogLevel = wanted;
        connection.LevelsUnderWay++;
        byte[] parameters = [.. "{\"level\":"u8, .. LoggingLevels.Token(wanted).Span, (byte)'}'];
        Request(connection, MethodNames.SetLevel, parameters, SetLevelTimeout, ProtocolHeaders.For(peer, MethodNames.SetLevel, null), outcome =>
        {
            if (outcome.Answer is not { Kind: EnvelopeKind.Result })
            {
                _log.Debug("Server {0} did not take the log level", _server.Id);
            }

            // Whatever it said: the calls go out.
            if (--connection.LevelsUnderWay == 0)
            {
                foreach (var frame in connection.BehindLevel)
                {
                    Write(connection, frame);
                }

                connection.BehindLevel.Clear();
            }
        });
        return true;
    }
}
