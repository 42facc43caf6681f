namespace McpHub;

/// <summary>What a subscription is to tell of (schema <c>SubscriptionFilter</c> of 2026-07-28).</summary>
public sealed record SubscriptionFilter
{
    /// <summary>Changes of the list of tools.</summary>
    public bool ToolsListChanged { get; init; }

    /// <summary>Changes of the list of prompts.</summary>
    public bool PromptsListChanged { get; init; }

    /// <summary>Changes of the lists of resources and resource templates.</summary>
    public bool ResourcesListChanged { get; init; }

    /// <summary>Changes of the resources with these URIs, compared byte for byte.</summary>
    public IReadOnlyList<string> ResourceSubscriptions { get; init; } = [];
}

/// <summary>What <see cref="ClientSession.ListenAsync"/> tells: <see cref="SubscriptionAcknowledged"/>, <see cref="ListChanged"/>, <see cref="ResourceUpdated"/>.</summary>
public abstract record SubscriptionEvent
{
    private protected SubscriptionEvent()
    {
    }
}

/// <summary>
/// The server listens from now on. The first event of a subscription; it comes again whenever the hub had to subscribe anew, followed by a change of everything honoured, since
/// something may have been missed.
/// </summary>
/// <param name="Honoured">The part of the filter that the server honours. Nothing else will be told.</param>
public sealed record SubscriptionAcknowledged(SubscriptionFilter Honoured) : SubscriptionEvent;

/// <summary>A list changed, or may have.</summary>
/// <param name="Kind">Which one; <see cref="ComponentKind.Resource"/> stands for resource templates too.</param>
public sealed record ListChanged(ComponentKind Kind) : SubscriptionEvent;

/// <summary>A resource changed, or may have.</summary>
/// <param name="Uri">Its URI.</param>
public sealed record ResourceUpdated(string Uri) : SubscriptionEvent;
