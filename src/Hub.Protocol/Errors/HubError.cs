using System.Buffers;
using System.Text.Json;

namespace McpHub.Protocol.Errors;

/// <summary>An error that the hub itself made: an entry of the catalogue, filled in.</summary>
/// <param name="Definition">The catalogue entry.</param>
/// <param name="Message">What happened, for the operator.</param>
/// <param name="Hint">What to do next, for the operator.</param>
/// <param name="ToModel">What a client is told.</param>
public sealed record HubError(HubErrorDefinition Definition, string Message, string Hint, string ToModel)
{
    /// <summary>The server concerned.</summary>
    public string? ServerId { get; init; }

    /// <summary>Whether the request may have been executed.</summary>
    public Delivery Delivery { get; init; } = Delivery.NotSent;

    /// <summary>The HTTP status that the server answered with, where that is what went wrong; decides the era (contract 2.6).</summary>
    public int? HttpStatus { get; init; }

    /// <summary>How the server refused the hub's credentials, where that is what went wrong.</summary>
    public AuthenticationFailure? Authentication { get; init; }

    /// <summary>What the server asks for when it refuses credentials.</summary>
    public AuthenticationChallenge? Challenge { get; init; }

    /// <summary>How long to wait before trying again.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Further lines for the operator: stderr tail, response excerpt. Never sent to a client.</summary>
    public IReadOnlyList<string> Details { get; init; } = [];

    /// <summary>A JSON-RPC code of the standard or of MCP that this error must carry on the wire instead of the hub's own.</summary>
    public int? StandardCode { get; init; }

    /// <summary>The JSON-RPC error object for a client (contract 0.3: <c>data = {origin, hub, server, delivery, retryable, retryAfterMs}</c>).</summary>
    public byte[] ToErrorObject()
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteNumber("code"u8, StandardCode ?? Definition.WireCode);
            json.WriteString("message"u8, ToModel);
            json.WriteStartObject("data"u8);
            json.WriteString("origin"u8, "hub"u8);
            json.WriteString("hub"u8, Definition.Code);
            if (ServerId is not null)
            {
                json.WriteString("server"u8, ServerId);
            }

            json.WriteString("delivery"u8, Delivery switch { Delivery.NotSent => "notSent"u8, Delivery.Unknown => "unknown"u8, _ => "answered"u8 });
            json.WriteBoolean("retryable"u8, Definition.Retryable && Delivery == Delivery.NotSent);
            if (RetryAfter is { } wait)
            {
                json.WriteNumber("retryAfterMs"u8, (long)wait.TotalMilliseconds);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
