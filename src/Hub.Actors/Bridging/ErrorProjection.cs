using System.Globalization;
using System.Text;
using McpHub.Actors.Routing;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Bridging;

/// <summary>A server's error as its client may see it (contract 3.11).</summary>
internal static class ErrorProjection
{
    public static RelayAnswer ForClient(RelayRequest request, CallRoute route, Era server, Envelope answer)
    {
        // An error without an integer code is taken as code 0.
        var code = answer.Integer(MemberOf.Error, "code"u8) is { } given and >= int.MinValue and <= int.MaxValue ? (int)given : 0;
        var data = answer.Bytes(answer.Find(MemberOf.Error, "data"u8));
        var hasUri = JsonParts.Find(data, "uri"u8).Exists;
        var method = request.Envelope.Method;
        var splicer = new EnvelopeSplicer(answer);
        if (answer.Text(MemberOf.Error, "message"u8) is null)
        {
            splicer.Set(MemberOf.Error, "message", "\"The server gave no message\""u8.ToArray());
        }

        RelayAnswer Relayed(int newCode, ReadOnlyMemory<byte> newData)
        {
            if (newCode != code || !answer.Find(MemberOf.Error, "code"u8).Exists || code == 0)
            {
                splicer.Set(MemberOf.Error, "code", Number(newCode));
            }

            if (!newData.Span.SequenceEqual(data.Span))
            {
                splicer.Set(MemberOf.Error, "data", newData);
            }

            return new RelayAnswer(true, splicer.ToPart(MemberOf.Error), newCode);
        }

        RelayAnswer OfHub(HubErrorDefinition definition, params ReadOnlySpan<(string, object?)> values) =>
            Bridge.Failure(request, definition.With([.. values, ("server", route.Server.Id)]) with { Delivery = Delivery.Answered });

        switch (Projections.Errors.First(rule => rule.Fits(code, request.Era, server, method, hasUri)).Action)
        {
            case ErrorAction.ModernResourceNotFound:
                return Relayed(RpcErrorCodes.InvalidParams, With(data, "uri", AskedUri(request)));
            case ErrorAction.LegacyResourceNotFound:
                return Relayed(RpcErrorCodes.LegacyResourceNotFound, With(data, "uri", AskedUri(request)));
            case ErrorAction.UrlVisit when request is not { Era: Era.Legacy, Revision: ProtocolRevision.V2025_11_25 }:
                return OfHub(HubErrors.UrlVisitNeeded, ("address", FirstUrl(data)));
            case ErrorAction.MissingCapability:
                return MissingCapability(request, data, OfHub);
            case ErrorAction.Violation:
                return OfHub(HubErrors.UpstreamViolation, ("reason", $"it refused a request of the hub with error {code}"));
            case ErrorAction.Cancelled:
                return OfHub(HubErrors.CallCancelled);
            case ErrorAction.Internal:
                return Relayed(RpcErrorCodes.InternalError, data);
            case ErrorAction.InternalWithCode:
                return Relayed(RpcErrorCodes.InternalError, With(data, "upstreamCode", Number(code), keepsOther: true));
            case ErrorAction.MarkOrigin:
                return Relayed(code, data.IsEmpty || data.Span[0] == (byte)'{' ? With(data, "origin", "\"upstream\""u8.ToArray()) : data);
            default:
                var isRenamed = hasUri && method == MethodNames.ResourcesRead && !RequestEdits.IsSameText(AskedUri(request).Span, route.OriginalName.Span);
                return Relayed(code, isRenamed ? With(data, "uri", AskedUri(request)) : data);
        }
    }

    /// <summary>An error object with a member of its <c>data</c> set.</summary>
    public static ReadOnlyMemory<byte> WithData(ReadOnlyMemory<byte> error, string name, ReadOnlyMemory<byte> value)
    {
        var data = JsonParts.Find(error, "data"u8);
        return With(error, "data", With(data.In(error), name, value));
    }

    private static RelayAnswer MissingCapability(RelayRequest request, ReadOnlyMemory<byte> data, HubFailure ofHub)
    {
        var found = JsonParts.Find(data, "requiredCapabilities"u8);
        ReadOnlyMemory<byte> required = found.Exists ? found.In(data) : "{}"u8.ToArray();
        var names = JsonParts.TryMembers(required, out var members, out _) && members.Count > 0
            ? string.Join(", ", members.Select(member => Encoding.UTF8.GetString(member.Name.In(required.Span))))
            : "a feature that it does not name";
        var declared = request.Envelope.Bytes(request.Envelope.Find(MemberOf.ParamsMeta, "io.modelcontextprotocol/clientCapabilities"u8));
        if (request.Era == Era.Modern && Covers(declared, required))
        {
            return ofHub(HubErrors.InputNotRelayed, ("capabilities", names));
        }

        var code = request.Era == Era.Modern ? RpcErrorCodes.MissingClientCapability : RpcErrorCodes.InternalError;
        var part = FrameWriter.ErrorObject(code, $"The server needs a feature that the client did not declare: {names}", With(default, "requiredCapabilities", required).Span);
        return new RelayAnswer(true, part, code);
    }

    private delegate RelayAnswer HubFailure(HubErrorDefinition definition, params ReadOnlySpan<(string, object?)> values);

    // Every member that is required, at any depth, is declared.
    private static bool Covers(ReadOnlyMemory<byte> declared, ReadOnlyMemory<byte> required) =>
        !JsonParts.TryMembers(required, out var members, out _)
        || members.TrueForAll(member => JsonParts.Find(declared, member.Name.In(required.Span)) is { Exists: true } has && Covers(has.In(declared), member.Value.In(required)));

    private static string FirstUrl(ReadOnlyMemory<byte> data)
    {
        var place = JsonParts.Find(data, "elicitations"u8);
        var list = place.Exists ? place.In(data) : default;
        foreach (var element in JsonParts.Elements(list))
        {
            if (JsonText.Unescape(JsonParts.Find(element.In(list), "url"u8).In(element.In(list)).Span) is { } url
                && Uri.TryCreate(url, UriKind.Absolute, out var parsed) && (parsed.Scheme == Uri.UriSchemeHttps || parsed.Scheme == Uri.UriSchemeHttp))
            {
                return parsed.AbsoluteUri;
            }
        }

        return "an address that it does not say";
    }

    private static ReadOnlyMemory<byte> AskedUri(RelayRequest request) => request.Envelope.Bytes(RequestEdits.TargetToken(request.Envelope));

    private static byte[] Number(int value) => Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture));

    // An object with one member set. What is no object becomes one, which keeps it as upstreamData if asked.
    private static ReadOnlyMemory<byte> With(ReadOnlyMemory<byte> obj, string name, ReadOnlyMemory<byte> value, bool keepsOther = false)
    {
        byte[] quoted = JsonText.Quote(name);
        if (!JsonParts.TryMembers(obj, out var members, out _))
        {
            var other = keepsOther && !obj.IsEmpty ? [.. ",\"upstreamData\":"u8, .. obj.Span] : Array.Empty<byte>();
            return (byte[])[(byte)'{', .. quoted, (byte)':', .. value.Span, .. other, (byte)'}'];
        }

        var patches = new JsonPatches(obj);
        var present = JsonParts.Find(obj, Encoding.UTF8.GetBytes(name));
        if (present.Exists)
        {
            patches.Replace(present, value);
        }
        else
        {
            var comma = members.Count > 0 ? ","u8 : default;
            patches.Insert(members.Count > 0 ? members[^1].Value.End : obj.Span.IndexOf((byte)'{') + 1, (byte[])[.. comma, .. quoted, (byte)':', .. value.Span]);
        }

        return patches.Apply();
    }
}
