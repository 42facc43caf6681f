using McpHub.Protocol.Wire;

namespace McpHub
{
    /// <summary>The four kinds of things that servers list.</summary>
    public enum ComponentKind
    {
        /// <summary>Called by name.</summary>
        Tool,

        /// <summary>Got by name.</summary>
        Prompt,

        /// <summary>Read by URI.</summary>
        Resource,

        /// <summary>A family of resources, by URI template (RFC 6570).</summary>
        ResourceTemplate,
    }
}

namespace McpHub.Actors.Sessions
{
    /// <summary>One listed item as the server wrote it.</summary>
    /// <param name="Key">Its identity at the server: tool or prompt name, URI, URI template.</param>
    /// <param name="Json">The item's object.</param>
    /// <param name="KeyToken">Where the key's JSON string stands in <paramref name="Json"/>.</param>
    internal sealed record CatalogItem(string Key, ReadOnlyMemory<byte> Json, ByteRange KeyToken)
    {
        /// <summary>Tools: the parameters that HTTP headers repeat.</summary>
        public IReadOnlyList<MirroredParameter> Mirrored { get; init; } = [];
    }

    /// <summary>One list of a server, all pages, in the server's order.</summary>
    /// <param name="Items">The items.</param>
    internal sealed record CatalogList(IReadOnlyList<CatalogItem> Items)
    {
        public static CatalogList Empty { get; } = new([]);

        /// <summary>Freshness hint of a modern server; 0 if there is none.</summary>
        public long TtlMs { get; init; }

        /// <summary>False if the list must not be shared between principals (a modern server's <c>cacheScope: private</c>).</summary>
        public bool IsPublic { get; init; } = true;
    }

    /// <summary>Everything a server lists. Immutable.</summary>
    internal sealed record ServerCatalog(CatalogList Tools, CatalogList Prompts, CatalogList Resources, CatalogList ResourceTemplates)
    {
        public static ServerCatalog Empty { get; } = new(CatalogList.Empty, CatalogList.Empty, CatalogList.Empty, CatalogList.Empty);

        public CatalogList this[ComponentKind kind] => kind switch
        {
            ComponentKind.Tool => Tools,
            ComponentKind.Prompt => Prompts,
            ComponentKind.Resource => Resources,
            _ => ResourceTemplates,
        };

        public ServerCatalog With(ComponentKind kind, CatalogList list) => kind switch
        {
            ComponentKind.Tool => this with { Tools = list },
            ComponentKind.Prompt => this with { Prompts = list },
            ComponentKind.Resource => this with { Resources = list },
            _ => this with { ResourceTemplates = list },
        };
    }
}
