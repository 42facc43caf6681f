using Akka.Actor;

namespace McpHub;

/// <summary>What a <see cref="ClientSession"/> is made with.</summary>
public sealed record ClientSessionOptions
{
    /// <summary>
    /// How long each request of this session, and each step of its handshake, may stay without an answer or progress. A call's <see cref="CallOptions.Timeout"/> replaces it.
    /// </summary>
    /// <value>Default <c>null</c>: 60 s, and 10 min in all. <see cref="Timeout.InfiniteTimeSpan"/>: no limit. Zero: everything times out at once.</value>
    public TimeSpan? ReadTimeout { get; init; }

    /// <summary>How many requests may be under way at once; one more ends with <c>HUB5106</c> and is not sent. At least 1.</summary>
    /// <value>Default <c>null</c>: 64 on a pipe or another channel, 256 over HTTP.</value>
    public int? MaxInFlight { get; init; }

    /// <summary>
    /// Asks the model for a message when the server wants one; setting it declares <c>sampling</c>. Runs as a task of its own, at most 32 callbacks of a session at once.
    /// The token fires when the server does not want the answer any more. <see cref="RequestRejectedException"/> says no.
    /// </summary>
    /// <value>Default <c>null</c>: the server is told that there is no sampling, and refused with -32601 if it asks all the same.</value>
    public Func<SamplingRequest, CancellationToken, Task<CreateMessageResult>>? SamplingCallback { get; init; }

    /// <summary><see cref="SamplingCallback"/> understands tools; declares <c>sampling.tools</c>. Without it a request with tools is refused.</summary>
    /// <value>Default <c>false</c>.</value>
    public bool SamplingTools { get; init; }

    /// <summary><see cref="SamplingCallback"/> can include the context of servers; declares <c>sampling.context</c>.</summary>
    /// <value>Default <c>false</c>.</value>
    public bool SamplingContext { get; init; }

    /// <summary>
    /// Lets the user fill in a form when the server wants one; setting it declares <c>elicitation.form</c>. Runs like <see cref="SamplingCallback"/>. An accepted form that does
    /// not conform to the requested schema is not sent: the server gets an error.
    /// </summary>
    /// <value>Default <c>null</c>: forms are refused with -32602.</value>
    public Func<ElicitationRequest, CancellationToken, Task<ElicitResult>>? ElicitationFormCallback { get; init; }

    /// <summary>Asks the user to open an address when the server wants that; setting it declares <c>elicitation.url</c>. Runs like <see cref="SamplingCallback"/>.</summary>
    /// <value>Default <c>null</c>: addresses are refused with -32602.</value>
    public Func<ElicitationRequest, CancellationToken, Task<ElicitResult>>? ElicitationUrlCallback { get; init; }

    /// <summary>Says what the server may work on; setting it declares <c>roots</c>. Only roots whose URI begins with <c>file://</c> are sent. Runs like <see cref="SamplingCallback"/>.</summary>
    /// <value>Default <c>null</c>: refused with -32601.</value>
    public Func<RootsRequest, CancellationToken, Task<IReadOnlyList<Root>>>? ListRootsCallback { get; init; }

    /// <summary>The roots may change and <see cref="ClientSession.SendRootsListChangedAsync"/> will say so; declares <c>roots.listChanged</c> to legacy servers.</summary>
    /// <value>Default <c>false</c>.</value>
    public bool RootsListChanged { get; init; }

    /// <summary>
    /// Gets the server's log messages: in order, one at a time, never on an actor's thread; it may call the session. An exception in it is logged and changes nothing.
    /// If it is slower than the server for long, messages are lost, and <see cref="MessageHandler"/> is told how many.
    /// </summary>
    /// <value>Default <c>null</c>.</value>
    public Func<LoggingMessage, ValueTask>? LoggingCallback { get; init; }

    /// <summary>Gets every notification of the server except progress, after <see cref="LoggingCallback"/> and on the same lane, and what is wrong on the connection.</summary>
    /// <value>Default <c>null</c>.</value>
    public Func<SessionMessage, ValueTask>? MessageHandler { get; init; }

    /// <summary>What is done with a tool's structured output that does not conform to its schema.</summary>
    /// <value>Default <see cref="OutputValidation.Enforce"/>.</value>
    public OutputValidation OutputValidation { get; init; } = OutputValidation.Enforce;

    /// <summary>What the session calls itself toward the server.</summary>
    /// <value>Default <c>null</c>: <c>hub</c> and its version.</value>
    public Implementation? ClientInfo { get; init; }

    /// <summary>The actor system to run on; the session does not terminate it. Its HOCON may override <c>hocon/hub.conf</c>.</summary>
    /// <value>Default <c>null</c>: one private system that all sessions and groups of this process without one share; it ends with the last of them and logs nothing.</value>
    public ActorSystem? ActorSystem { get; init; }
}
