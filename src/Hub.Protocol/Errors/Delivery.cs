namespace McpHub;

/// <summary>Whether a request may have been executed by the server when its call ended.</summary>
public enum Delivery
{
    /// <summary>The request never left the hub: it is safe to send it again.</summary>
    NotSent,

    /// <summary>The request was sent and no answer came: the server may have run it.</summary>
    Unknown,

    /// <summary>The server answered.</summary>
    Answered,
}
