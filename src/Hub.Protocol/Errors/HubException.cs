using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using Newtonsoft.Json.Linq;

namespace McpHub;

/// <summary>Base of every error that Hub reports. <see cref="Exception.Message"/> says what happened, <see cref="Hint"/> what to do next.</summary>
public class HubException : Exception
{
    /// <summary>Makes the exception of a hub error.</summary>
    public HubException(HubError error, Exception? inner = null)
        : base(error.Details.Count == 0 ? error.Message : error.Message + Environment.NewLine + string.Join(Environment.NewLine, error.Details), inner) => Error = error;

    /// <summary>The whole error.</summary>
    public HubError Error { get; }

    /// <summary>The catalogue code, <c>HUBnnnn</c>.</summary>
    public string Code => Error.Definition.Code;

    /// <summary>What to do next; <c>null</c> if nothing can be advised.</summary>
    public string? Hint => Error.Hint.Length == 0 ? null : Error.Hint;

    /// <summary>Whether the request may have been executed.</summary>
    public Delivery Delivery => Error.Delivery;

    /// <summary>The server concerned; <c>null</c> if none is.</summary>
    public string? ServerId => Error.ServerId;

    /// <summary>The exception type that fits the error.</summary>
    public static HubException From(HubError error, Exception? inner = null) => error.Definition.WireCode switch
    {
        _ when error.Authentication is not null || error.Definition == HubErrors.Unauthorized => new AuthenticationError(error, inner),
        RpcErrorCodes.Unavailable or RpcErrorCodes.Draining => new ServerUnavailableException(error, inner),
        RpcErrorCodes.Deadline => new RequestTimeoutException(error, inner),
        _ when error.Definition == HubErrors.UnknownTool => new ToolNotFoundException(error, inner),
        _ => new HubException(error, inner),
    };
}

/// <summary>The server answered with a JSON-RPC error.</summary>
public sealed class PeerException : HubException
{
    /// <summary>Makes the exception of a peer's error.</summary>
    public PeerException(int peerCode, string peerMessage, JToken? peerData, string? serverId)
        : base(HubErrors.PeerAnsweredError.With(("code", peerCode), ("message", peerMessage)) with { ServerId = serverId, Delivery = Delivery.Answered }) =>
        (PeerCode, PeerMessage, PeerData) = (peerCode, peerMessage, peerData);

    /// <summary>The JSON-RPC code as the server sent it.</summary>
    public int PeerCode { get; }

    /// <summary>The message as the server sent it.</summary>
    public string PeerMessage { get; }

    /// <summary>The <c>data</c> as the server sent it.</summary>
    public JToken? PeerData { get; }

    /// <summary>The server says that there is no resource of that URI: -32002 (2025-11-25, resources, "Error Handling"), or -32602 with <c>data.uri</c> (2026-07-28).</summary>
    public bool IsResourceNotFound =>
        PeerCode == RpcErrorCodes.LegacyResourceNotFound || (PeerCode == RpcErrorCodes.InvalidParams && PeerData is JObject data && data["uri"]?.Type == JTokenType.String);
}

/// <summary>No connected server offers the tool.</summary>
public sealed class ToolNotFoundException(HubError error, Exception? inner = null) : HubException(error, inner);

/// <summary>The server that owns the called item is not ready. <see cref="HubException.Delivery"/> says whether the request had left.</summary>
public sealed class ServerUnavailableException(HubError error, Exception? inner = null) : HubException(error, inner);

/// <summary>The deadline of a request passed.</summary>
public sealed class RequestTimeoutException(HubError error, Exception? inner = null) : HubException(error, inner);

/// <summary>
/// A tool's result does not keep its output schema (<c>HUB5141</c>, <c>HUB5142</c>), or the schema cannot be applied (<c>HUB5143</c>). The tool has run: <see cref="Result"/> is what it answered.
/// </summary>
public sealed class OutputSchemaException(HubError error, CallToolResult result) : HubException(error)
{
    /// <summary>The result as the server sent it; <see cref="McpResult.Raw"/> has its bytes.</summary>
    public CallToolResult Result => result;
}

/// <summary>A call that a server asks input for did not get it (<c>HUB5145</c>). No request is open at the server any more, and the other inputs of the round were cancelled.</summary>
public sealed class InputRequestException(HubError error, string key, string method, int errorCode, string errorMessage, Exception? inner = null) : HubException(error, inner)
{
    /// <summary>The server's key of the input.</summary>
    public string Key => key;

    /// <summary>What was asked: <c>sampling/createMessage</c>, <c>elicitation/create</c> or <c>roots/list</c>.</summary>
    public string Method => method;

    /// <summary>The JSON-RPC code that a legacy server would have got.</summary>
    public int ErrorCode => errorCode;

    /// <summary>The message that a legacy server would have got.</summary>
    public string ErrorMessage => errorMessage;
}

/// <summary>A server was still asking for input after the last round that is allowed (<c>HUB5144</c>).</summary>
public sealed class InputRoundLimitException(HubError error, int rounds) : HubException(error)
{
    /// <summary>How many rounds there were.</summary>
    public int Rounds => rounds;
}

/// <summary>A server asks for input, and the caller did not want it to be answered by the session's callbacks (<c>HUB5146</c>).</summary>
public sealed class InputRequiredException(HubError error, InputRequiredResult result) : HubException(error)
{
    /// <summary>What the server asks.</summary>
    public InputRequiredResult Result => result;
}
