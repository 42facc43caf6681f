namespace McpHub;

/// <summary>What every request of a server carries, whichever callback gets it.</summary>
public abstract record ServerRequest
{
    private protected ServerRequest()
    {
    }

    /// <summary>Id of the server that asks: its <see cref="ServerParameters.Name"/>, or what stands for it.</summary>
    public required string ServerId { get; init; }

    /// <summary>The server's id of the request; from a modern server its key among the inputs that one call waits for.</summary>
    public required string RequestId { get; init; }

    /// <summary>The call of this session that made the server ask.</summary>
    /// <value><c>null</c> if that is not known: on a pipe, while several calls run.</value>
    public RelatedCall? RelatedCall { get; init; }

    /// <summary>Under which token the server wants to hear how far the answer is (<see cref="ClientSession.SendProgressNotificationAsync"/>); <c>null</c> if it does not.</summary>
    public ProgressToken? ProgressToken { get; init; }
}

/// <summary>The server wants a message from the client's model (<c>sampling/createMessage</c>).</summary>
public sealed record SamplingRequest : ServerRequest
{
    /// <summary>What it asks.</summary>
    public required CreateMessageRequestParams Params { get; init; }
}

/// <summary>The server wants something of the user (<c>elicitation/create</c>).</summary>
public sealed record ElicitationRequest : ServerRequest
{
    /// <summary>What it asks.</summary>
    public required ElicitRequestParams Params { get; init; }
}

/// <summary>The server wants to know what it may work on (<c>roots/list</c>).</summary>
public sealed record RootsRequest : ServerRequest;

/// <summary>A call of the session that a request of the server belongs to.</summary>
/// <param name="Id">The call's JSON-RPC id at the server.</param>
/// <param name="Method">Its method, for example <c>tools/call</c>.</param>
public sealed record RelatedCall(long Id, string Method);

/// <summary>Thrown by a callback to answer the server with an error of its choice; every other exception is answered with -32603 and none of its text.</summary>
/// <param name="message">What the server is told.</param>
/// <param name="code">The JSON-RPC code. Default -1: the user said no (2025-11-25, client/sampling, "Error Handling").</param>
public sealed class RequestRejectedException(string message = "User rejected the request", int code = -1) : Exception(message)
{
    /// <summary>The JSON-RPC code.</summary>
    public int ErrorCode => code;
}
