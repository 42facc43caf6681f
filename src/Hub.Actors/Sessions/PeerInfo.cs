using McpHub.Protocol.Wire;

namespace McpHub.Actors.Sessions;

/// <summary>What handshake or discovery taught about the server on its current connection. Immutable; one instance per connection.</summary>
/// <param name="Era">The era of this connection.</param>
/// <param name="Revision">The negotiated revision.</param>
/// <param name="Transport">Channel or HTTP.</param>
/// <param name="Answer">The result of <c>initialize</c> or <c>server/discover</c> as it came.</param>
internal sealed record PeerInfo(Era Era, string Revision, TransportKind Transport, ReadOnlyMemory<byte> Answer)
{
    /// <summary>The <c>capabilities</c> object as it came; <c>{}</c> if there was none.</summary>
    public ReadOnlyMemory<byte> Capabilities
    {
        get;
        init
        {
            field = value;
            HasLogging = Has("logging"u8);
            CanSubscribe = Has("resources"u8) && JsonParts.Find(JsonParts.Find(value, "resources"u8).In(value), "subscribe"u8).In(JsonParts.Find(value, "resources"u8).In(value)).Span is [(byte)'t', ..];
        }
    } = "{}"u8.ToArray();

    /// <summary>The server's own description of itself (<c>serverInfo</c>, modern: its <c>_meta</c> entry); empty if it gave none.</summary>
    public ReadOnlyMemory<byte> ServerInfo { get; init; }

    /// <summary>Instructions for the model; <c>null</c> if there are none.</summary>
    public string? Instructions { get; init; }

    public bool HasTools => Has("tools"u8);

    public bool HasPrompts => Has("prompts"u8);

    public bool HasResources => Has("resources"u8);

    public bool HasCompletions => Has("completions"u8);

    /// <summary>Looked at with every call, so it is found once.</summary>
    public bool HasLogging { get; private init; }

    /// <summary>Whether it tells of changes of single resources (<c>resources.subscribe</c>).</summary>
    public bool CanSubscribe { get; private init; }

    /// <summary>Whether it says when this list changes (<c>listChanged</c>).</summary>
    public bool TellsListChanges(ReadOnlySpan<byte> capability)
    {
        var offered = JsonParts.Find(Capabilities, capability).In(Capabilities);
        return JsonParts.Find(offered, "listChanged"u8).In(offered).Span.SequenceEqual("true"u8);
    }

    private bool Has(ReadOnlySpan<byte> capability) => JsonParts.Find(Capabilities, capability).Exists;
}
