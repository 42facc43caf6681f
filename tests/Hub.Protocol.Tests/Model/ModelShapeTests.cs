using System.Reflection;
using System.Text;
using McpHub.Protocol.Model;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace McpHub.Protocol.Tests.Model;

public sealed class ModelShapeTests
{
    // Members without a property: tasks and the hop's own progress token. They stay in ExtensionData.
    private static readonly HashSet<string> LeftToExtensionData =
        ["Tool.execution", "ServerCapabilities.tasks", "ClientCapabilities.tasks", "ProgressNotification.progressToken", "CreateMessageRequestParams.task", "ElicitRequestParams.task"];

    private static Type TypeOf(string name) => typeof(Tool).Assembly.GetType($"McpHub.{name}", throwOnError: true)!;

    [Fact]
    public void Every_member_of_every_revision_has_a_property_or_is_known_to_be_extension_data()
    {
        Assert.Equal(5, SchemaMembers.All.Select(member => member.Revision).Distinct().Count());
        var missing = SchemaMembers.All
            .Where(member => !McpObjectConverter.Shape.Of(TypeOf(member.Type)).Members.ContainsKey(member.Member))
            .Select(member => $"{member.Type}.{member.Member}").Distinct();
        Assert.Equal(LeftToExtensionData.Order(), missing.Order());
    }

    [Fact]
    public void A_member_is_demanded_only_if_every_revision_that_has_the_type_demands_it()
    {
        var byMember = SchemaMembers.All.ToLookup(member => (member.Type, member.Member));
        foreach (var type in SchemaMembers.All.Select(member => member.Type).Distinct())
        {
            var revisions = SchemaMembers.All.Where(member => member.Type == type).Select(member => member.Revision).Distinct().Count();
            foreach (var name in McpObjectConverter.Shape.Of(TypeOf(type)).Required)
            {
                Assert.True(byMember[(type, name)].Count(member => member.Required) == revisions, $"{type}.{name} is optional somewhere");
            }
        }
    }

    [Fact]
    public void Every_model_type_is_checked_against_the_schemas()
    {
        var seen = SchemaMembers.All.Select(member => TypeOf(member.Type)).ToHashSet();
        var unchecked_ = typeof(McpObject).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(McpObject)) && !type.IsAbstract && !seen.Contains(type)).Select(type => type.Name).Order();
        Assert.Equal(["EmptyResult", "ResourceContents", "ServerInfo", "UnknownContent"], unchecked_); // no members, base, same shape as Implementation, no schema
    }

    [Fact]
    public void Every_property_survives_a_round_trip_beside_an_unknown_member()
    {
        foreach (var type in typeof(McpObject).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(McpObject)) && !type.IsAbstract))
        {
            var json = Example(type);
            json["x-unknown"] = new JObject { ["deep"] = new JArray(1, "two", JValue.CreateNull()) };
            var back = McpJson.ParseToken(McpJson.ToUtf8(Parse(type, json)));
            Assert.True(JToken.DeepEquals(Sorted(json), Sorted(back)), $"{type.Name}: {json} became {back}");
        }
    }

    [Fact]
    public void Every_required_member_is_named_when_it_is_missing()
    {
        foreach (var type in typeof(McpObject).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(McpObject)) && !type.IsAbstract))
        {
            foreach (var name in McpObjectConverter.Shape.Of(type).Required)
            {
                var json = Example(type);
                json.Remove(name);
                var error = Assert.Throws<HubException>(() => Parse(type, json));
                Assert.Equal("HUB5120", error.Code);
                Assert.Contains($"\"{name}\"", error.Message, StringComparison.Ordinal);
            }
        }
    }

    private static McpObject Parse(Type type, JObject json)
    {
        var parse = typeof(McpJson).GetMethod(nameof(McpJson.Parse))!.MakeGenericMethod(type);
        ReadOnlyMemory<byte> utf8 = Encoding.UTF8.GetBytes(json.ToString(Formatting.Indented));
        try
        {
            return (McpObject)parse.Invoke(null, [utf8, null])!;
        }
        catch (TargetInvocationException error) when (error.InnerException is HubException inner)
        {
            throw inner;
        }
    }

    // An object with every property of the type, none of them at its default.
    private static JObject Example(Type type)
    {
        var json = new JObject();
        foreach (var member in McpObjectConverter.Shape.Of(type).InOrder)
        {
            json[member.PropertyName!] = member.PropertyName == "type" ? Discriminator(type) : Value(member.PropertyType!);
        }

        return json;
    }

    private static JToken Value(Type type)
    {
        if (type == typeof(string))
        {
            return "2026-07-28T10:00:00Z";
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
        {
            return new JArray(Value(type.GenericTypeArguments[0]), Value(type.GenericTypeArguments[0]));
        }

        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(bool) ? true
            : type == typeof(long) ? 9_007_199_254_740_993
            : type == typeof(double) ? 0.25
            : type == typeof(JToken) || type == typeof(JObject) ? new JObject { ["$ref"] = "#/x", ["$type"] = "System.Object" }
            : type == typeof(ContentBlock) ? Example(typeof(ImageContent))
            : type == typeof(ResourceContents) ? Example(typeof(BlobResourceContents))
            : Example(type);
    }

    private static string Discriminator(Type type) =>
        type == typeof(TextContent) ? "text" : type == typeof(ImageContent) ? "image" : type == typeof(AudioContent) ? "audio"
        : type == typeof(ResourceLink) ? "resource_link" : type == typeof(EmbeddedResource) ? "resource"
        : type == typeof(ToolUseContent) ? "tool_use" : type == typeof(ToolResultContent) ? "tool_result"
        : type == typeof(PromptReference) ? "ref/prompt" : type == typeof(ResourceTemplateReference) ? "ref/resource" : "hologram";

    private static JToken Sorted(JToken token) => token switch
    {
        JObject json => new JObject(json.Properties().OrderBy(property => property.Name, StringComparer.Ordinal).Select(property => new JProperty(property.Name, Sorted(property.Value)))),
        JArray items => new JArray(items.Select(Sorted)),
        _ => token,
    };
}
