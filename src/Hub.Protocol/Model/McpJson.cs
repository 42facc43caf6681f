using System.Text;
using System.Text.Json;
using McpHub.Protocol.Errors;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace McpHub.Protocol.Model;

/// <summary>The one place where the typed model meets bytes. Errors are <see cref="HubException"/>: <c>HUB5120</c> reading, <c>HUB5110</c> writing.</summary>
internal static class McpJson
{
    /// <summary>Deepest nesting of what is read or written; the bound of a frame, so it never refuses what a scan let through.</summary>
    public const int MaxDepth = 64;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>The typed view of a JSON object; a result keeps <paramref name="utf8"/> as its <see cref="McpResult.Raw"/>, so the memory must never change.</summary>
    public static T Parse<T>(ReadOnlyMemory<byte> utf8, string? serverId = null)
        where T : McpObject
    {
        try
        {
            var value = (T)McpObjectConverter.Read(JsonTree.Read(utf8.Span), typeof(T));
            if (value is McpResult result)
            {
                result.Raw = utf8;
            }

            return value;
        }
        catch (Exception error) when (error is Newtonsoft.Json.JsonException or System.Text.Json.JsonException)
        {
            throw Unreadable(typeof(T).Name, error, serverId);
        }
    }

    /// <summary>The tree of any JSON value, such as the <c>data</c> of an error.</summary>
    public static JToken ParseToken(ReadOnlyMemory<byte> utf8, string? serverId = null)
    {
        try
        {
            return JsonTree.Read(utf8.Span);
        }
        catch (System.Text.Json.JsonException error)
        {
            throw Unreadable("JSON", error, serverId);
        }
    }

    /// <summary>The JSON of a model object, without whitespace.</summary>
    public static byte[] ToUtf8(McpObject value)
    {
        using var writer = new JTokenWriter();
        try
        {
            McpObjectConverter.Write(writer, value);
        }
        catch (Newtonsoft.Json.JsonException error)
        {
            throw Unwritable(error);
        }

        return ToUtf8(writer.Token!);
    }

    /// <summary>The JSON of a tree, without whitespace. What only Newtonsoft knows (NaN, comments, constructors, raw text that is no JSON) is refused.</summary>
    public static byte[] ToUtf8(JToken token)
    {
        try
        {
            using var buffer = new MemoryStream();
            using (var text = new StreamWriter(buffer, Utf8, leaveOpen: true))
            using (var writer = new JsonTextWriter(text) { FloatFormatHandling = FloatFormatHandling.Symbol })
            using (var reader = new JTokenReader(token) { MaxDepth = MaxDepth })
            {
                // Not JToken.WriteTo: it recurses, and a tree deep enough would end the process.
                while (reader.Read())
                {
                    writer.WriteToken(reader.TokenType, reader.Value);
                }
            }

            var utf8 = buffer.ToArray();
            var check = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MaxDepth });
            while (check.Read())
            {
            }

            return utf8;
        }
        catch (Exception error) when (error is Newtonsoft.Json.JsonException or System.Text.Json.JsonException)
        {
            throw Unwritable(error);
        }
    }

    private static HubException Unreadable(string type, Exception error, string? serverId) =>
        HubException.From((serverId is null
            ? HubErrors.AnswerUnreadable.With(("type", type), ("reason", error.Message))
            : HubErrors.AnswerUnreadable.With(("type", type), ("reason", error.Message), ("server", serverId))) with { Delivery = Delivery.Answered }, error);

    private static HubException Unwritable(Exception error) =>
        HubException.From(HubErrors.InvalidArguments.With(("reason", $"this cannot be sent as JSON: {error.Message}")), error);
}
