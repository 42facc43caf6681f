using Akka.Actor;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Sessions;

/// <summary>How a connection becomes a session: era probe, discovery, handshake (contract 2.6).</summary>
internal sealed partial class UpstreamSession
{
    private void StartHandshake(Connection connection)
    {
        connection.LastHeard = _clock.Elapsed;
        if (connection.HandshakeOnly || connection.Era == Era.Legacy)
        {
            Initialize(connection);
        }
        else
        {
            Discover(connection, isRepeat: false);
        }
    }

    private void Discover(Connection connection, bool isRepeat)
    {
        var isProbe = connection.Era is null && !isRepeat;
        if (isProbe && connection.Kind == TransportKind.Channel)
        {
            // Some legacy servers end on any request before initialize: then a new connection starts with the handshake.
            connection.Reopen = () => Reopen(connection);
        }

        byte[] parameters = [.. "{\"_meta\":{"u8, .. ModernMeta(ProtocolRevision.NewestModern).Span, .. "}}"u8];
        var headers = connection.Kind == TransportKind.Http ? ProtocolHeaders.For(Era.Modern, ProtocolRevision.NewestModern, MethodNames.Discover, null) : ProtocolHeaders.None;
        Request(connection, MethodNames.Discover, parameters, isProbe ? _server.ProbeTimeout : _server.HandshakeTimeout, headers, outcome =>
        {
            (connection.Reopen, connection.Probe) = (null, null);
            switch (outcome)
            {
                case { Answer: { Kind: EnvelopeKind.Result } result }:
                    OnDiscovered(connection, result);
                    break;
                case { Answer: { } error }:
                    OnDiscoverRefused(connection, error, isRepeat);
                    break;
                default:
                    OnDiscoverFailed(connection, outcome.Error!, isProbe);
                    break;
            }
        });
        if (connection.Reopen is not null)
        {
            connection.Probe = _pending.Values.FirstOrDefault(request => request.Method == MethodNames.Discover)?.Frame;
        }
    }

    private void Reopen(Connection connection)
    {
        if (_server.CanReopen)
        {
            Open(era: null, handshakeOnly: true);
        }
        else
        {
            Context.Parent.Tell(new ConnectFailed(HubErrors.TransportDiedOnProbe.With(("server", _server.Id)) with { Details = connection.Failure?.Details ?? [] }));
        }
    }

    private void OnDiscovered(Connection connection, Envelope result)
    {
        var revisions = Strings(result.Bytes(result.Find(MemberOf.Result, "supportedVersions"u8)));
        if (revisions.FirstOrDefault(ProtocolRevision.IsModern) is { } revision)
        {
            var info = result.Find(MemberOf.ResultMeta, System.Text.Encoding.ASCII.GetBytes(MetaKeys.ServerInfo));
            Adopt(connection, PeerOf(connection, Era.Modern, revision, result, info));
        }
        else if (connection.Era == Era.Modern)
        {
            Fail(connection, NoCommonRevision(revisions));
        }
        else
        {
            // Only legacy revisions, or no list of revisions at all.
            Initialize(connection);
        }
    }

    private void OnDiscoverRefused(Connection connection, Envelope error, bool isRepeat)
    {
        var code = error.Integer(MemberOf.Error, "code"u8);
        if (code == RpcErrorCodes.UnsupportedProtocolVersion)
        {
            var data = error.Bytes(error.Find(MemberOf.Error, "data"u8));
            var revisions = data.Length > 0 && data.Span[0] == (byte)'{' ? Strings(JsonParts.Find(data, "supported"u8).In(data)) : [];
            if (revisions.Any(ProtocolRevision.IsModern) && !isRepeat)
            {
                Discover(connection, isRepeat: true);
            }
            else if (revisions.Any(ProtocolRevision.IsLegacy) && connection.Era != Era.Modern)
            {
                Initialize(connection);
            }
            else
            {
                Fail(connection, NoCommonRevision(revisions));
            }
        }
        else if (connection.Era == Era.Modern || code is RpcErrorCodes.HeaderMismatch or RpcErrorCodes.MissingClientCapability)
        {
            Fail(connection, Refused(error));
        }
        else
        {
            // Any other error: never keyed on one code (2026-07-28, versioning, "Compatibility Matrix").
            Initialize(connection);
        }
    }

    private void OnDiscoverFailed(Connection connection, HubError error, bool isProbe)
    {
        // Over HTTP silence, a refused login, throttling and server failures say nothing about the era; other 4xx do (contract 2.6).
        var isLegacyAnswer = connection.Kind == TransportKind.Channel
            ? error.Definition == HubErrors.HandshakeTimeout
            : error.HttpStatus is >= 400 and < 500 and not (401 or 403 or 407 or 408 or 429);
        if (isProbe && isLegacyAnswer)
        {
            connection.ProbeUnanswered = error.HttpStatus is null;
            Initialize(connection);
        }
        else
        {
            Fail(connection, error);
        }
    }

    private byte[] InitializeParameters() =>
        [.. "{\"protocolVersion\":\""u8, .. System.Text.Encoding.ASCII.GetBytes(ProtocolRevision.NewestLegacy), .. "\",\"capabilities\":"u8, .. _self.Features.Capabilities(Era.Legacy).Span, .. ",\"clientInfo\":"u8,
            .. (_server.ClientInfo.IsEmpty ? HubIdentity.Implementation : _server.ClientInfo).Span, (byte)'}'];

    private void Initialize(Connection connection) =>
        Request(connection, MethodNames.Initialize, InitializeParameters(), _server.HandshakeTimeout, ProtocolHeaders.None, outcome =>
        {
            if (outcome.Answer is not { } answer)
            {
                FailOrFallBack(connection, outcome.Error!);
            }
            else if (answer.Kind == EnvelopeKind.Error)
            {
                if (connection.ProbeUnanswered && answer.Integer(MemberOf.Error, "code"u8) == RpcErrorCodes.UnsupportedProtocolVersion)
                {
                    // It was only slow: modern after all.
                    connection.ProbeUnanswered = false;
                    Discover(connection, isRepeat: true);
                }
                else
                {
                    Fail(connection, Refused(answer));
                }
            }
            else if (answer.Text(MemberOf.Result, "protocolVersion"u8) is { } revision && ProtocolRevision.IsLegacy(revision))
            {
                var peer = PeerOf(connection, Era.Legacy, revision, answer, answer.Find(MemberOf.Result, "serverInfo"u8));
                Notify(connection, MethodNames.Initialized, default, ProtocolHeaders.For(peer, MethodNames.Initialized, null));
                Adopt(connection, peer);
            }
            else
            {
                Fail(connection, NoCommonRevision([answer.Text(MemberOf.Result, "protocolVersion"u8) ?? "none"]));
            }
        });

    private ReadOnlyMemory<byte> ModernMeta(string revision) => HubIdentity.ModernMetaMembers(revision, _server.ClientInfo, _self.Features.Capabilities(Era.Modern));

    /// <summary>A URL that refuses <c>initialize</c> may be one of the transport before it (2025-11-25, transports, "Backwards Compatibility").</summary>
    private void FailOrFallBack(Connection connection, HubError error)
    {
        if (error.HttpStatus is 400 or 404 or 405 && connection.Fallback is null && connection.Kind == TransportKind.Http && connection.Era != Era.Modern && _server.OpenFallback is not null)
        {
            connection.Reopen = () => Open(Era.Legacy, handshakeOnly: true, new FallbackUse(OfThisServer(error)));
        }

        Fail(connection, error);
    }

    /// <summary>When the guess that it is an older server was wrong, the first refusal is what the user must hear of; unless the older one asks for credentials.</summary>
    private static HubError NotConnected(Connection? connection, HubError error) => connection?.Fallback?.Refused is { } refused && error.Authentication is null
        ? refused with { Details = [.. refused.Details, $"HTTP+SSE was tried as well: {error.Message}"] }
        : error;

    /// <summary>Why the older transport is used: what the server's own answered; <c>null</c> if it is known from before.</summary>
    private sealed record FallbackUse(HubError? Refused);

    private static PeerInfo PeerOf(Connection connection, Era era, string revision, Envelope result, ByteRange serverInfo)
    {
        var capabilities = result.Bytes(result.Find(MemberOf.Result, "capabilities"u8));
        var peer = new PeerInfo(era, revision, connection.Kind, result.Bytes(result.Result))
        {
            ServerInfo = result.Bytes(serverInfo),
            Instructions = result.Text(MemberOf.Result, "instructions"u8),
        };
        return capabilities.Length > 0 && capabilities.Span[0] == (byte)'{' ? peer with { Capabilities = capabilities } : peer;
    }

    /// <summary>The session is usable: lists are read, then the parent is told.</summary>
    private void Adopt(Connection connection, PeerInfo peer)
    {
        if (_draining)
        {
            // It is being closed: nobody may find it usable any more.
            return;
        }

        connection.Peer = peer;
        _self.Peer = peer;
        RestoreLogLevel(connection, peer);
        SendWaitingCalls(connection, peer);
        WatchIdleness();
        RestoreSubscriptions(connection, peer);
        StartListens(connection);
        OnAwake(connection);
        StartPinging(connection, peer);
        if (_server.KeepCatalog)
        {
            ReadAllLists(connection);
        }
        else
        {
            Report(connection);
            ReadListsForWatchers(connection);
        }
    }

    private static void Report(Connection connection)
    {
        connection.IsReported = true;
        Context.Parent.Tell(new Connected(connection.Peer!, connection.Catalog, (connection.Transport as Transports.Stdio.StdioTransport)?.ProcessId, connection.Fallback is not null));
    }

    /// <summary>Calls that the last connection provably did not write go out now, if this one speaks the same revision.</summary>
    private void SendWaitingCalls(Connection connection, PeerInfo peer)
    {
        var started = 0;
        foreach (var request in _pending.Values.Where(request => request.Call is not null).OrderBy(request => request.Id).ToArray())
        {
            if (request.Call!.Peer.Era != peer.Era || request.Call.Peer.Revision != peer.Revision)
            {
                _pending.Remove(request.Id);
                request.Fail(NotReady());
                continue;
            }

            request.Since = _clock.Elapsed;
            if (++started > _server.MaxInFlight)
            {
                Enqueue(request);
            }
            else
            {
                Start(connection, peer, request);
            }
        }
    }

    private void Fail(Connection connection, HubError error)
    {
        connection.Failure = OfThisServer(error);
        connection.Owner.Tell(TransportOwner.Close.Instance);
    }

    private HubError Refused(Envelope error) => HubErrors.PeerAnsweredError.With(
        ("server", _server.Id), ("code", error.Integer(MemberOf.Error, "code"u8)), ("message", Shown(error.Text(MemberOf.Error, "message"u8) ?? "")));

    /// <summary>What the server says, for people: some repeat the key that they refuse.</summary>
    private string Shown(string text) => Transports.Credentials.Secrets.Mask(text, _server.Secrets);

    private HubError NoCommonRevision(IReadOnlyCollection<string> revisions) => HubErrors.NoCommonRevision.With(
        ("server", _server.Id), ("serverRevisions", string.Join(", ", revisions)), ("hubRevisions", string.Join(", ", [.. ProtocolRevision.Legacy, .. ProtocolRevision.Modern])));

    private static List<string> Strings(ReadOnlyMemory<byte> array)
    {
        var texts = new List<string>();
        if (array.Length > 0 && array.Span[0] == (byte)'[')
        {
            foreach (var element in JsonParts.Elements(array))
            {
                if (JsonText.Unescape(element.In(array.Span)) is { } text)
                {
                    texts.Add(text);
                }
            }
        }

        return texts;
    }
}
