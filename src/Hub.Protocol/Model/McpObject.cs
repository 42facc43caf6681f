using System.Collections.ObjectModel;
using McpHub.Protocol.Model;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace McpHub;

/// <summary>
/// Base of the typed model. Member names are matched exactly: <c>NAME</c> does not fill <c>name</c>. JSON members (<see cref="JToken"/>) belong to
/// the object that carries them: clone before you change one, since catalogs share their items.
/// </summary>
[JsonConverter(typeof(McpObjectConverter))]
public abstract record McpObject
{
    private protected McpObject()
    {
    }

    /// <summary>Members that this type has no property for, by name; they are written back. Empty by default.</summary>
    /// <remarks>Number values are kept, spellings are not (<c>1E5</c> becomes <c>100000.0</c>): only <see cref="McpResult.Raw"/> has those.</remarks>
    [JsonIgnore]
    public IReadOnlyDictionary<string, JToken> ExtensionData { get; init; } = ReadOnlyDictionary<string, JToken>.Empty;
}
