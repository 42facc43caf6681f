using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace McpHub.Testing;

/// <summary>A message as a <see cref="ScriptedServer"/> received it.</summary>
public class ReceivedMessage
{
    private protected static readonly IReadOnlyDictionary<string, string> NoHeaders = new Dictionary<string, string>();

    private JObject? _parameters;

    internal ReceivedMessage(int connection, byte[] utf8, JObject? json, IReadOnlyDictionary<string, string>? headers) =>
        (Connection, Text, Json, Headers) = (connection, Encoding.UTF8.GetString(utf8), json, headers ?? NoHeaders);

    /// <summary>Number of the connection it came on, from 1. Over HTTP a legacy session counts as one, and all modern requests together.</summary>
    public int Connection { get; }

    /// <summary>The message as it came, without its framing.</summary>
    public string Text { get; }

    /// <summary>The message; <c>null</c> if it is no JSON object. Dates are left as text.</summary>
    public JObject? Json { get; }

    /// <summary>Over HTTP the headers of the request it came in, whatever their case; empty otherwise.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary>The method; <c>null</c> for a response.</summary>
    public string? Method => (Json?["method"] as JValue)?.Value as string;

    /// <summary>The id as it came; <c>null</c> for a notification.</summary>
    public JToken? Id => Json?["id"];

    /// <summary>The member <c>params</c>; empty if there is none.</summary>
    public JObject Params => _parameters ??= Json?["params"] as JObject ?? [];

    /// <summary>What it is aimed at: <c>params.name</c> of a tool or prompt, <c>params.uri</c> of a resource; <c>null</c> if it has neither.</summary>
    public string? Name => ((Params["name"] ?? Params["uri"]) as JValue)?.Value as string;

    /// <summary>The member <c>params.arguments</c>; empty if there is none.</summary>
    public JObject Arguments => Params["arguments"] as JObject ?? [];

    /// <summary>Whether it is a request: it has a method and an id.</summary>
    public bool IsRequest => Method is not null && Id is not null;

    /// <inheritdoc/>
    public override string ToString() => Text;

    internal static JObject? Parse(byte[] utf8)
    {
        try
        {
            using var reader = new JsonTextReader(new StringReader(Encoding.UTF8.GetString(utf8))) { DateParseHandling = DateParseHandling.None, MaxDepth = 200 };
            return JToken.ReadFrom(reader) as JObject;
        }
        catch (JsonException)
        {
            // Recorded as text.
            return null;
        }
    }
}
