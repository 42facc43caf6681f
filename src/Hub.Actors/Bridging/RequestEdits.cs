using System.Text;
using McpHub.Actors.Routing;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Bridging;

/// <summary>Edits of a client's request on its way to the server. Each changes nothing where nothing differs.</summary>
internal static class RequestEdits
{
    private static readonly byte[] _reserved = Encoding.ASCII.GetBytes(MetaKeys.ReservedPrefix);
    private static readonly byte[] _protocolVersion = Encoding.ASCII.GetBytes(MetaKeys.ProtocolVersion);
    private static readonly byte[] _clientCapabilities = Encoding.ASCII.GetBytes(MetaKeys.ClientCapabilities);
    private static readonly byte[] _clientInfo = Encoding.ASCII.GetBytes(MetaKeys.ClientInfo);
    private static readonly byte[] _newestModern = JsonText.Quote(ProtocolRevision.NewestModern);
    private static readonly byte[] _name = "name"u8.ToArray();
    private static readonly byte[] _uri = "uri"u8.ToArray();

    /// <summary>Where the request says what it is aimed at.</summary>
    private static (MemberOf Of, byte[] Name) Target(Envelope request) => request.Method switch
    {
        MethodNames.Complete => (MemberOf.Ref, request.Text(MemberOf.Ref, "type"u8) == "ref/prompt" ? _name : _uri),
        MethodNames.ResourcesRead => (MemberOf.Params, _uri),
        _ => (MemberOf.Params, _name),
    };

    /// <summary>The token of the name or URI that the client wrote; absent if there is none.</summary>
    public static ByteRange TargetToken(Envelope request)
    {
        var (of, name) = Target(request);
        return request.Find(of, name);
    }

    /// <summary>Writes the name or URI that the server knows.</summary>
    public static void SetTarget(EnvelopeSplicer request, CallRoute route)
    {
        var token = TargetToken(request.Source);
        if (token.Exists && !IsSameText(request.Source.Bytes(token).Span, route.OriginalName.Span))
        {
            var (of, name) = Target(request.Source);
            request.Set(of, name, route.OriginalName);
        }
    }

    /// <summary>Reserved keys belong to one hop (contract 3.0, I-6).</summary>
    /// <param name="message">The message.</param>
    /// <param name="meta">Which <c>_meta</c>.</param>
    /// <param name="except">Keys that are set afterwards, in their place.</param>
    public static void RemoveReserved(EnvelopeSplicer message, MemberOf meta, params ReadOnlySpan<byte[]> except)
    {
        var frame = message.Source.Frame;
        foreach (var member in message.Source.Members)
        {
            if (member.Of != meta)
            {
                continue;
            }

            // The scan refuses reserved names that are written with escapes.
            var name = member.Name.In(frame.Span);
            if (name.StartsWith(_reserved) && !IsOneOf(name, except))
            {
                message.Remove(meta, name);
            }
        }
    }

    /// <summary>The same for a request; what <see cref="SetModernMeta"/> sets is left to it.</summary>
    public static void RemoveReserved(EnvelopeSplicer request, PeerInfo peer) =>
        RemoveReserved(request, MemberOf.ParamsMeta, peer.Era == Era.Modern ? [_protocolVersion, _clientCapabilities, _clientInfo] : []);

    public static void SetProgressToken(EnvelopeSplicer request, ReadOnlyMemory<byte> token)
    {
        if (token.IsEmpty)
        {
            request.Remove(MemberOf.ParamsMeta, "progressToken"u8);
        }
        else if (!request.Source.Find(MemberOf.ParamsMeta, "progressToken"u8).In(request.Source.Frame.Span).SequenceEqual(token.Span))
        {
            request.Set(MemberOf.ParamsMeta, MetaKeys.ProgressToken, token);
        }
    }

    /// <summary>The hub declares no tasks, and who does not must treat a call that asks for one as a plain call (2025-11-25, tasks, "Capabilities").</summary>
    public static void RemoveTask(EnvelopeSplicer request) => request.Remove(MemberOf.Params, "task"u8);

    /// <summary>What every modern request carries.</summary>
    public static void SetModernMeta(EnvelopeSplicer request, CallRoute route, PeerInfo peer)
    {
        SetUnlessSame(request, MemberOf.ParamsMeta, _protocolVersion, peer.Revision == ProtocolRevision.NewestModern ? _newestModern : JsonText.Quote(peer.Revision));
        SetUnlessSame(request, MemberOf.ParamsMeta, _clientCapabilities, route.Session.Features.Capabilities(Era.Modern));
        SetUnlessSame(request, MemberOf.ParamsMeta, _clientInfo, route.Server.ClientInfo.IsEmpty ? HubIdentity.Implementation : route.Server.ClientInfo);
    }

    /// <summary>Sets a member unless it has these very bytes.</summary>
    public static void SetUnlessSame(EnvelopeSplicer message, MemberOf of, byte[] name, ReadOnlyMemory<byte> value)
    {
        if (!message.Source.Find(of, name).In(message.Source.Frame.Span).SequenceEqual(value.Span))
        {
            message.Set(of, name, value);
        }
    }

    private static bool IsOneOf(ReadOnlySpan<byte> name, ReadOnlySpan<byte[]> names)
    {
        foreach (var one in names)
        {
            if (name.SequenceEqual(one))
            {
                return true;
            }
        }

        return false;
    }

    public static bool IsSameText(ReadOnlySpan<byte> token, ReadOnlySpan<byte> other) =>
        token.SequenceEqual(other) || JsonText.Unescape(token) is { } text && text == JsonText.Unescape(other);
}
