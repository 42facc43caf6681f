using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using Newtonsoft.Json.Serialization;

namespace McpHub.Protocol.Model;

/// <summary>
/// Reads and writes the typed model. Newtonsoft's own object reader matches names ignoring case (the last one wins), turns numbers into strings and
/// has no limit to what it coerces, so it is not used: here a name matches exactly and a value has the type of its member or the object is refused.
/// </summary>
internal sealed class McpObjectConverter : JsonConverter
{
    public override bool CanConvert(Type objectType) => typeof(McpObject).IsAssignableFrom(objectType);

    public override object? ReadJson(JsonReader reader, Type objectType, object? existingValue, JsonSerializer serializer)
    {
        if (reader.TokenType == JsonToken.Null)
        {
            return null;
        }

        reader.DateParseHandling = DateParseHandling.None;
        return Read(JToken.Load(reader), objectType);
    }

    public override void WriteJson(JsonWriter writer, object? value, JsonSerializer serializer) => Write(writer, value);

    /// <summary>Makes a model object of a JSON object.</summary>
    /// <exception cref="JsonException">The JSON does not fit; the message names the place.</exception>
    internal static McpObject Read(JToken token, Type declared)
    {
        var json = token as JObject ?? throw Misfit(token, "an object");
        var shape = Shape.Of(Shape.Select(declared, json));
        var target = (McpObject)shape.Create();
        Dictionary<string, JToken>? rest = null;
        foreach (var (name, value) in json)
        {
            if (!shape.Members.TryGetValue(name, out var member))
            {
                (rest ??= new Dictionary<string, JToken>(StringComparer.Ordinal)).Add(name, value!);
            }
            else if (value!.Type != JTokenType.Null || member.PropertyType == typeof(JToken))
            {
                var item = value.Type == JTokenType.Object && shape.OneOrMany.Contains(member) ? new JArray(value) : value;
                member.ValueProvider!.SetValue(target, ReadValue(item, member.PropertyType!));
            }
        }

        foreach (var name in shape.Required)
        {
            if (json[name] is null or { Type: JTokenType.Null })
            {
                throw new JsonSerializationException($"{Place(json)} has no \"{name}\"");
            }
        }

        if (rest is not null)
        {
            Shape.ExtensionData.SetValue(target, new ReadOnlyDictionary<string, JToken>(rest));
        }

        return target;
    }

    private static object ReadValue(JToken token, Type type)
    {
        if (typeof(JToken).IsAssignableFrom(type))
        {
            return type.IsInstanceOfType(token) ? token : throw Misfit(token, "an object");
        }

        if (typeof(McpObject).IsAssignableFrom(type))
        {
            return Read(token, type);
        }

        if (type == typeof(string))
        {
            return token.Type switch
            {
                JTokenType.String => (string)token!,
                JTokenType.Date => JsonConvert.ToString(((JValue)token).Value).Trim('"'), // A tree that its owner loaded with date parsing on.
                _ => throw Misfit(token, "a string"),
            };
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
        {
            var items = token as JArray ?? throw Misfit(token, "an array");
            var list = Array.CreateInstance(type.GenericTypeArguments[0], items.Count);
            for (var i = 0; i < items.Count; i++)
            {
                list.SetValue(ReadValue(items[i], type.GenericTypeArguments[0]), i);
            }

            return list;
        }

        var scalar = Nullable.GetUnderlyingType(type) ?? type;
        return (scalar == typeof(bool), scalar == typeof(long), token.Type) switch
        {
            (true, _, JTokenType.Boolean) => (bool)token,
            (true, _, _) => throw Misfit(token, "true or false"),
            (_, true, JTokenType.Integer or JTokenType.Float) => Whole((JValue)token),
            (_, true, _) => throw Misfit(token, "a whole number"),
            (_, _, JTokenType.Integer or JTokenType.Float) => Convert.ToDouble(Number((JValue)token), CultureInfo.InvariantCulture),
            _ => throw Misfit(token, "a number"),
        };
    }

    private static object Number(JValue value) => value.Value is BigInteger big ? (double)big : value.Value!;

    // JSON Schema counts 5.0 and 5e3 as integers.
    private static long Whole(JValue value)
    {
        try
        {
            return value.Value switch
            {
                long whole => whole,
                double real when Math.Floor(real) == real => checked((long)real),
                decimal exact when decimal.Floor(exact) == exact => decimal.ToInt64(exact),
                int or short or byte or sbyte or ushort or uint or ulong or BigInteger => value.Value is BigInteger big ? (long)big : Convert.ToInt64(value.Value, CultureInfo.InvariantCulture),
                _ => throw Misfit(value, "a whole number"),
            };
        }
        catch (OverflowException)
        {
            throw Misfit(value, "a whole number of at most 64 bits");
        }
    }

    internal static void Write(JsonWriter writer, object? value)
    {
        switch (value)
        {
            case McpObject item:
                WriteObject(writer, item);
                break;
            case JToken token:
                token.WriteTo(writer);
                break;
            case not string and IEnumerable items:
                writer.WriteStartArray();
                foreach (var item in items)
                {
                    Write(writer, item);
                }

                writer.WriteEndArray();
                break;
            default:
                writer.WriteValue(value);
                break;
        }
    }

    private static void WriteObject(JsonWriter writer, McpObject item)
    {
        var shape = Shape.Of(item.GetType());
        writer.WriteStartObject();
        foreach (var member in shape.InOrder)
        {
            var value = member.ValueProvider!.GetValue(item);
            if (value is null && member.Required == Required.Always)
            {
                throw new JsonSerializationException($"{item.GetType().Name} has no \"{member.PropertyName}\"");
            }

            if (value is not null && !(member.DefaultValueHandling == DefaultValueHandling.Ignore && value is false))
            {
                writer.WritePropertyName(member.PropertyName!);
                Write(writer, shape.OneOrMany.Contains(member) && value is IReadOnlyList<McpObject> { Count: 1 } one ? one[0] : value);
            }
        }

        foreach (var (name, value) in item.ExtensionData)
        {
            if (!shape.Members.ContainsKey(name))
            {
                writer.WritePropertyName(name);
                value.WriteTo(writer);
            }
        }

        writer.WriteEndObject();
    }

    private static JsonSerializationException Misfit(JToken token, string expected) => new($"{Place(token)} is not {expected}");

    private static string Place(JToken token) => token.Path.Length == 0 ? "it" : token.Path;

    /// <summary>The members of one model type.</summary>
    internal sealed class Shape
    {
        private static readonly ConcurrentDictionary<Type, Shape> Known = new();
        private static readonly Resolver Contracts = new();

        private readonly JsonObjectContract _contract;

        private Shape(Type type)
        {
            _contract = (JsonObjectContract)Contracts.ResolveContract(type);
            InOrder = [.. _contract.Properties.Where(property => !property.Ignored)];
            Members = InOrder.ToFrozenDictionary(property => property.PropertyName!, StringComparer.Ordinal);
            OneOrMany = InOrder.Where(property => property.AttributeProvider!.GetAttributes(typeof(OneOrManyAttribute), inherit: false).Count > 0).ToFrozenSet();
            Required = [.. InOrder.Where(property => property.Required == Newtonsoft.Json.Required.Always).Select(property => property.PropertyName!)];
        }

        public static IValueProvider ExtensionData { get; } = new ReflectionValueProvider(typeof(McpObject).GetProperty(nameof(McpObject.ExtensionData))!);

        public JsonProperty[] InOrder { get; }

        public FrozenDictionary<string, JsonProperty> Members { get; }

        public string[] Required { get; }

        public FrozenSet<JsonProperty> OneOrMany { get; }

        public static Shape Of(Type type) => Known.GetOrAdd(type, static type => new Shape(type));

        /// <summary>The type to make of a JSON object where a family of types is declared.</summary>
        public static Type Select(Type declared, JObject json) =>
            declared == typeof(ContentBlock) ? ContentBlock.TypeFor(json)
            : declared == typeof(ResourceContents) ? ResourceContents.TypeFor(json)
            : declared == typeof(CompletionReference) ? CompletionReference.TypeFor(json)
            : declared;

        public object Create() => _contract.DefaultCreator!();
    }

    private sealed class Resolver : DefaultContractResolver
    {
        public Resolver() => NamingStrategy = new CamelCaseNamingStrategy();

        // One statement of what is mandatory: the C# keyword.
        protected override JsonProperty CreateProperty(MemberInfo member, MemberSerialization memberSerialization)
        {
            var property = base.CreateProperty(member, memberSerialization);
            if (member.IsDefined(typeof(RequiredMemberAttribute), inherit: false))
            {
                property.Required = Required.Always;
            }

            return property;
        }
    }
}
