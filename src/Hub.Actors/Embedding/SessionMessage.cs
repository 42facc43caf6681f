using Newtonsoft.Json.Linq;

namespace McpHub;

/// <summary>What a session's message handler gets: <see cref="ServerNotification"/> or <see cref="ConnectionDiagnostic"/>.</summary>
public abstract record SessionMessage
{
    private protected SessionMessage()
    {
    }

    /// <summary>Id of the server concerned.</summary>
    public required string ServerId { get; init; }
}

/// <summary>
/// A notification of the server, known or not: log messages (also if a logging callback has had them), changed lists, changed resources. Progress goes only to the call
/// that it belongs to.
/// </summary>
public sealed record ServerNotification : SessionMessage
{
    /// <summary>The method, for example <c>notifications/tools/list_changed</c>.</summary>
    public required string Method { get; init; }

    /// <summary>Its <c>params</c>; <c>null</c> if it has none.</summary>
    public JToken? Params { get; init; }
}

/// <summary>Something is wrong on the connection, which goes on: a line that is no message, an answer that nobody waits for, messages that were lost because the handler is too slow.</summary>
public sealed record ConnectionDiagnostic : SessionMessage
{
    /// <summary>What is wrong.</summary>
    public required HubException Error { get; init; }
}
