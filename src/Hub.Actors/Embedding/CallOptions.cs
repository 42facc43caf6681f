using Newtonsoft.Json.Linq;

namespace McpHub;

/// <summary>What one call wants differently from its session.</summary>
public sealed record CallOptions
{
    /// <summary>How long the call may stay without an answer or progress; it replaces the session's, also when it is longer.</summary>
    /// <value>
    /// Default <c>null</c>: the session's (60 s without progress, 10 min in all). <see cref="System.Threading.Timeout.InfiniteTimeSpan"/>: no limit.
    /// Zero: it times out at once and nothing is sent. A call may end up to 50 ms late (<c>hub.session.tick</c>).
    /// </value>
    public TimeSpan? Timeout { get; init; }

    /// <summary>
    /// Gets the call's progress: in order, one report at a time, all before the result is returned. If it is slower than the server, old values are left out.
    /// An exception in it is logged and changes nothing. <see cref="Progress{T}"/> posts to its own context and so may run after the result.
    /// </summary>
    /// <value>Default <c>null</c>: the server is not asked for progress.</value>
    public IProgress<ProgressNotification>? Progress { get; init; }

    /// <summary>
    /// A modern server that needs input for the call is answered by the session's callbacks, up to 10 rounds. If <c>false</c>, the call throws <see cref="InputRequiredException"/>
    /// with what is asked instead; another call with the same arguments, <see cref="InputResponses"/> and <see cref="RequestState"/> goes on.
    /// </summary>
    /// <value>Default <c>true</c>.</value>
    public bool AnswerInputRequests { get; init; } = true;

    /// <summary>The answers to the <see cref="InputRequiredResult.InputRequests"/> of an earlier call, by the same keys: each the result object of its method. Only to a modern server.</summary>
    /// <value>Default <c>null</c>: none.</value>
    public JObject? InputResponses { get; init; }

    /// <summary>The <see cref="InputRequiredResult.RequestState"/> of an earlier call, as it came. Only to a modern server.</summary>
    /// <value>Default <c>null</c>: none.</value>
    public string? RequestState { get; init; }

    /// <summary>Sent as <c>_meta</c> of the request. <c>progressToken</c> and the keys that the specification reserves for the connection are the hub's own and are replaced.</summary>
    /// <value>Default <c>null</c>.</value>
    public JObject? Meta { get; init; }

    /// <summary>The least severe log message that a modern server is to send during this call. A legacy server has one level for all calls: <see cref="ClientSession.SetLoggingLevelAsync"/>.</summary>
    /// <value>Default <c>null</c>: the session's.</value>
    public LoggingLevel? LogLevel { get; init; }
}
