namespace McpHub;

/// <summary>What a program says of itself (schema <c>Implementation</c>). Self-reported: for display and logs, not for decisions.</summary>
public record Implementation : McpObject
{
    /// <summary>The name for programs.</summary>
    public required string Name { get; init; }

    /// <summary>The version, any text.</summary>
    public required string Version { get; init; }

    /// <summary>The name for people, since 2025-06-18; <c>null</c>: show <see cref="Name"/>.</summary>
    public string? Title { get; init; }

    /// <summary>What the program does, since 2025-11-25.</summary>
    public string? Description { get; init; }

    /// <summary>Its web site, since 2025-11-25.</summary>
    public string? WebsiteUrl { get; init; }

    /// <summary>Its icons, since 2025-11-25.</summary>
    public IReadOnlyList<Icon>? Icons { get; init; }
}

/// <summary>What a server says of itself: <c>serverInfo</c> of <c>initialize</c>, or <c>_meta["io.modelcontextprotocol/serverInfo"]</c> of a modern answer.</summary>
public sealed record ServerInfo : Implementation;
