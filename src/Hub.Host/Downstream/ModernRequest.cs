using System.Text;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;
using Microsoft.Extensions.Primitives;

namespace McpHub.Host.Downstream;

/// <summary>
/// Which era a POST belongs to, and whether the headers of a modern one repeat its body
/// (2026-07-28, streamable-http, Request Metadata and Server Validation; contract 5, B-6). Nothing is decided on a header that was not compared.
/// </summary>
internal static class ModernRequest
{
    private const string EncodedPrefix = "=?base64?";
    private const string EncodedSuffix = "?=";

    private static ReadOnlySpan<byte> VersionKey => "io.modelcontextprotocol/protocolVersion"u8;

    private static ReadOnlySpan<byte> CapabilitiesKey => "io.modelcontextprotocol/clientCapabilities"u8;

    /// <summary>
    /// Modern if the body carries the modern version key or the header names a modern revision, also one that is not known yet (contract 3.9);
    /// or if the method exists in the modern era only: then the client learns what its request lacks.
    /// </summary>
    public static bool IsModern(IHeaderDictionary headers, Envelope envelope) =>
        envelope.Find(MemberOf.ParamsMeta, VersionKey).Exists
        || IsModernVersion(headers[HeaderNames.ProtocolVersion])
        || envelope.Method is MethodNames.Discover or MethodNames.SubscriptionsListen;

    /// <summary>Whether the header names a revision of the modern era.</summary>
    public static bool IsModernVersion(StringValues header)
    {
        foreach (var value in header)
        {
            if (value is { Length: 10 } && value[4] == '-' && value[7] == '-' && ProtocolRevision.IsAtLeast(value, ProtocolRevision.Modern[0]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Checks a request. False with the answer (always 400).</summary>
    public static bool TryValidate(IHeaderDictionary headers, Envelope envelope, out Reply refusal)
    {
        refusal = default;
        var version = envelope.Find(MemberOf.ParamsMeta, VersionKey);
        var versionText = JsonText.Unescape(version.In(envelope.Frame.Span));
        if (versionText is null)
        {
            refusal = Missing(MetaKeys.ProtocolVersion + " (a string)");
            return false;
        }

        if (Mismatch(headers, HeaderNames.ProtocolVersion, versionText, decode: false) is { } versionMismatch)
        {
            refusal = versionMismatch;
            return false;
        }

        if (!ProtocolRevision.IsModern(versionText))
        {
            refusal = Unsupported(version.In(envelope.Frame.Span));
            return false;
        }

        if (Mismatch(headers, HeaderNames.Method, envelope.Method!, decode: false) is { } methodMismatch)
        {
            refusal = methodMismatch;
            return false;
        }

        var capabilities = envelope.Find(MemberOf.ParamsMeta, CapabilitiesKey);
        if (!capabilities.Exists || envelope.Frame.Span[capabilities.Start] != (byte)'{')
        {
            refusal = Missing(MetaKeys.ClientCapabilities + " (an object)");
            return false;
        }

        if (NameField(envelope.Method!) is { Length: > 0 } field)
        {
            if (envelope.Text(MemberOf.Params, field) is not { } name)
            {
                refusal = Reply.Error(HubErrors.InvalidArguments.With(("reason", "params." + Encoding.ASCII.GetString(field) + " must be a string")), StatusCodes.Status400BadRequest);
                return false;
            }

            if (Mismatch(headers, HeaderNames.Name, name, decode: true) is { } nameMismatch)
            {
                refusal = nameMismatch;
                return false;
            }
        }

        return true;
    }

    /// <summary>Checks the headers that repeat a tool's arguments (2026-07-28, streamable-http, Custom Headers). False with the answer (always 400).</summary>
    public static bool TryValidateMirrored(IHeaderDictionary headers, Envelope call, IReadOnlyList<MirroredParameter> parameters, out Reply refusal)
    {
        refusal = default;
        foreach (var parameter in parameters)
        {
            var mismatch = parameter.ValueIn(call) is { } expected
                ? Mismatch(headers, parameter.Header, expected, decode: true)
                : headers.ContainsKey(parameter.Header) ? Refuse($"the {parameter.Header} header repeats an argument that is not there") : null;
            if (mismatch is { } refused)
            {
                refusal = refused;
                return false;
            }
        }

        return true;
    }

    /// <summary>The member of <c>params</c> that Mcp-Name repeats; empty if the method has none.</summary>
    private static ReadOnlySpan<byte> NameField(string method) => method switch
    {
        MethodNames.ToolsCall or MethodNames.PromptsGet => "name"u8,
        MethodNames.ResourcesRead => "uri"u8,
        _ => default,
    };

    private static Reply? Mismatch(IHeaderDictionary headers, string header, string expected, bool decode)
    {
        var values = headers[header];
        if (values.Count != 1 || values[0] is not { } value)
        {
            return Refuse(values.Count == 0 ? $"the {header} header is missing" : $"the {header} header is there more than once");
        }

        // Visible ASCII, space and tab only; names are case-sensitive (Value Encoding; Case Sensitivity).
        if (value.AsSpan().ContainsAnyExceptInRange(' ', '~') && HasInvalidCharacter(value))
        {
            return Refuse($"the {header} header has invalid characters");
        }

        if (decode && value.StartsWith(EncodedPrefix, StringComparison.Ordinal) && value.EndsWith(EncodedSuffix, StringComparison.Ordinal)
            && value.Length >= EncodedPrefix.Length + EncodedSuffix.Length)
        {
            return TryDecode(value.AsSpan(EncodedPrefix.Length..^EncodedSuffix.Length), out var decoded)
                ? decoded == expected ? null : Refuse($"the decoded {header} header differs from the body")
                : Refuse($"the {header} header is no base64 of UTF-8");
        }

        return value == expected ? null : Refuse($"the {header} header differs from the body");
    }

    private static bool HasInvalidCharacter(string value)
    {
        foreach (var character in value)
        {
            if (character is (< ' ' or > '~') and not '\t')
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryDecode(ReadOnlySpan<char> base64, out string? text)
    {
        text = null;
        Span<byte> bytes = base64.Length <= 1024 ? stackalloc byte[1024] : new byte[base64.Length];

        // The framework's decoder skips white space; the sentinel format has none.
        if (base64.IndexOfAny(' ', '\t') >= 0 || !Convert.TryFromBase64Chars(base64, bytes, out var length) || !System.Text.Unicode.Utf8.IsValid(bytes[..length]))
        {
            return false;
        }

        text = Encoding.UTF8.GetString(bytes[..length]);
        return true;
    }

    private static Reply Refuse(string reason) => Reply.Error(HubErrors.HeaderMismatch.With(("reason", reason)), StatusCodes.Status400BadRequest);

    private static Reply Missing(string key) => Reply.Error(HubErrors.MetaMissing.With(("key", key)), StatusCodes.Status400BadRequest);

    // 2026-07-28, schema, UnsupportedProtocolVersionError: data is {supported, requested}; what the hub adds to its errors stands beside them.
    private static Reply Unsupported(ReadOnlySpan<byte> requested)
    {
        var supported = Encoding.ASCII.GetBytes(string.Join("\",\"", ProtocolRevision.Modern));
        byte[] data = [.. "{\"supported\":[\""u8, .. supported, .. "\"],\"requested\":"u8, .. requested.Length > 64 ? "\"\""u8 : requested,
            .. ",\"origin\":\"hub\",\"hub\":\""u8, .. Encoding.ASCII.GetBytes(HubErrors.UnsupportedRevision.Code), .. "\"}"u8];
        return Reply.Error(FrameWriter.ErrorObject(RpcErrorCodes.UnsupportedProtocolVersion, "Unsupported protocol version", data), StatusCodes.Status400BadRequest);
    }
}
