using System.Globalization;
using System.Text;

namespace McpHub.Protocol.Wire;

/// <summary>Writes the envelope that the hub owns round parts that it relays.</summary>
public static class FrameWriter
{
    /// <summary>A request: <c>{"jsonrpc":"2.0","id":…,"method":…,"params":…}</c>; no <c>params</c> member if <paramref name="parameters"/> is empty.</summary>
    public static byte[] Request(long id, string method, ReadOnlySpan<byte> parameters)
    {
        Span<byte> digits = stackalloc byte[20];
        id.TryFormat(digits, out var length, provider: CultureInfo.InvariantCulture);
        return Join("{\"jsonrpc\":\"2.0\",\"id\":"u8, digits[..length], ",\"method\":"u8, KnownNames.MethodToken(method), parameters);
    }

    /// <summary>A notification.</summary>
    public static byte[] Notification(string method, ReadOnlySpan<byte> parameters) =>
        Join("{\"jsonrpc\":\"2.0\",\"method\":"u8, KnownNames.MethodToken(method), default, default, parameters);

    /// <summary>A response with a result. <paramref name="id"/> is the JSON token as the caller wrote it.</summary>
    public static byte[] Result(ReadOnlySpan<byte> id, ReadOnlySpan<byte> result) => Response(id, ",\"result\":"u8, result);

    /// <summary>A response with an error object. An empty <paramref name="id"/> is written as <c>null</c> (JSON-RPC 2.0, section 5).</summary>
    public static byte[] Error(ReadOnlySpan<byte> id, ReadOnlySpan<byte> error) => Response(id, ",\"error\":"u8, error);

    /// <summary>An error object.</summary>
    public static byte[] ErrorObject(int code, string message, ReadOnlySpan<byte> data = default)
    {
        var head = Encoding.UTF8.GetBytes($"{{\"code\":{code.ToString(CultureInfo.InvariantCulture)},\"message\":");
        var text = JsonText.Quote(message);
        return data.IsEmpty ? [.. head, .. text, (byte)'}'] : [.. head, .. text, .. ",\"data\":"u8, .. data, (byte)'}'];
    }

    private static byte[] Response(ReadOnlySpan<byte> id, ReadOnlySpan<byte> member, ReadOnlySpan<byte> value)
    {
        var head = "{\"jsonrpc\":\"2.0\",\"id\":"u8;
        var idToken = id.IsEmpty ? "null"u8 : id;
        var frame = new byte[head.Length + idToken.Length + member.Length + value.Length + 1];
        var rest = frame.AsSpan();
        Append(ref rest, head);
        Append(ref rest, idToken);
        Append(ref rest, member);
        Append(ref rest, value);
        rest[0] = (byte)'}';
        return frame;
    }

    private static byte[] Join(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, ReadOnlySpan<byte> c, ReadOnlySpan<byte> d, ReadOnlySpan<byte> parameters)
    {
        var member = parameters.IsEmpty ? default : ",\"params\":"u8;
        var frame = new byte[a.Length + b.Length + c.Length + d.Length + member.Length + parameters.Length + 1];
        var rest = frame.AsSpan();
        Append(ref rest, a);
        Append(ref rest, b);
        Append(ref rest, c);
        Append(ref rest, d);
        Append(ref rest, member);
        Append(ref rest, parameters);
        rest[0] = (byte)'}';
        return frame;
    }

    private static void Append(ref Span<byte> rest, ReadOnlySpan<byte> part)
    {
        part.CopyTo(rest);
        rest = rest[part.Length..];
    }
}
