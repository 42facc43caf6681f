using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace McpHub.Protocol.Model;

/// <summary>A caller's own object as the <c>arguments</c> of a call.</summary>
internal static class CallArguments
{
    // Not CreateDefault: a service's global settings could add type names or other things the server never asked for.
    private static readonly Newtonsoft.Json.JsonSerializer Serializer = Newtonsoft.Json.JsonSerializer.Create(new JsonSerializerSettings
    {
        DateParseHandling = DateParseHandling.None,
        MaxDepth = McpJson.MaxDepth,
        Converters = { new SystemTextJsonConverter() },
    });

    /// <summary>Makes a JSON object of an object, dictionary, <see cref="JObject"/>, <see cref="JsonElement"/> or <see cref="JsonNode"/>.</summary>
    /// <exception cref="ArgumentException">It is no JSON object, or it can't be written as one.</exception>
    public static JObject From(object arguments)
    {
        try
        {
            return (arguments as JToken ?? JToken.FromObject(arguments, Serializer)) as JObject
                ?? throw new ArgumentException($"the arguments of a call are a JSON object; {arguments.GetType().Name} is none", nameof(arguments));
        }
        catch (Exception error) when (error is Newtonsoft.Json.JsonException or HubException)
        {
            throw new ArgumentException($"the arguments cannot be written as JSON: {error.Message}", nameof(arguments), error);
        }
    }

    /// <summary>Values of the framework's JSON, which Newtonsoft would take for plain objects (<c>{"ValueKind":1}</c>).</summary>
    private sealed class SystemTextJsonConverter : Newtonsoft.Json.JsonConverter
    {
        public override bool CanRead => false;

        public override bool CanConvert(Type objectType) =>
            objectType == typeof(JsonElement) || objectType == typeof(JsonDocument) || typeof(JsonNode).IsAssignableFrom(objectType);

        public override void WriteJson(JsonWriter writer, object? value, Newtonsoft.Json.JsonSerializer serializer)
        {
            var text = value switch
            {
                JsonElement { ValueKind: JsonValueKind.Undefined } => "null",
                JsonElement element => element.GetRawText(),
                JsonDocument document => document.RootElement.GetRawText(),
                JsonNode node => node.ToJsonString(),
                _ => "null",
            };
            McpJson.ParseToken(Encoding.UTF8.GetBytes(text)).WriteTo(writer);
        }

        public override object? ReadJson(JsonReader reader, Type objectType, object? existingValue, Newtonsoft.Json.JsonSerializer serializer) =>
            throw new NotSupportedException();
    }
}
