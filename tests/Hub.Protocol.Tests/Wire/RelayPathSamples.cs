using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

// One way each to refer to what the relay path may not.
namespace McpHub.Protocol.Tests.Wire.RelayPathSamples;

internal static class InCall
{
    public static string Text(string json) => JsonNode.Parse(json)!.ToJsonString();
}

internal static class InLambda
{
    public static Func<string, int> Length(int more) => json => JsonDocument.Parse(json).RootElement.GetArrayLength() + more;
}

internal static class InAsync
{
    public static async Task<string> Text(Stream json)
    {
        using var document = await JsonDocument.ParseAsync(json);
        return document.RootElement.GetRawText();
    }
}

internal static class InGenericCall
{
    public static int[] Read(string json) => JsonSerializer.Deserialize<int[]>(json)!;
}

internal sealed class InProperty
{
    internal Newtonsoft.Json.Linq.JObject? Held { get; init; }
}

internal static class InTypeArgument
{
    public static int Count() => new List<JsonElement[]>().Count;
}

internal interface ISignature
{
    void Take(ref JsonProperty property);
}

internal sealed class InAttribute
{
    [JsonPropertyName("x")]
    public int Held { get; init; }
}

internal sealed class InBase : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => false;

    public override JsonConverter? CreateConverter(Type typeToConvert, JsonSerializerOptions options) => null;
}

internal static class Clean
{
    public static bool Read(ReadOnlySpan<byte> json, int kind)
    {
        var reader = new Utf8JsonReader(json);
        return kind switch { 0 => reader.Read(), 1 => reader.TrySkip(), 2 => true, 3 => json.IsEmpty, _ => reader.TokenType == JsonTokenType.None };
    }
}
