using McpHub.Protocol.Errors;

namespace McpHub;

/// <summary>Why a session ended.</summary>
public sealed record SessionClosed
{
    /// <summary>What went wrong; <c>null</c> if the session was closed on purpose.</summary>
    public HubException? Error { get; init; }

    /// <summary>Exit code of the server process; 128 + signal number if a signal ended it; <c>null</c> if there was no process, or it was closed on purpose.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The last lines that the server process wrote to standard error, at most 10.</summary>
    public IReadOnlyList<string> StderrTail { get; init; } = [];

    /// <summary>The HTTP status that ended the session; <c>null</c> if none did.</summary>
    public int? HttpStatus { get; init; }

    /// <summary>The code with which the server closed the WebSocket, 1000 and 1001 for a normal end; <c>null</c> if it did not.</summary>
    public int? CloseCode { get; init; }

    internal static SessionClosed OnPurpose { get; } = new();

    internal static SessionClosed From(TransportClosed closed) => Of(closed.Error is { } error ? HubException.From(error) : null) with
    {
        ExitCode = closed.ExitCode,
        StderrTail = closed.StderrTail,
        CloseCode = closed.CloseCode,
    };

    internal static SessionClosed Of(HubException? error) => new() { Error = error, HttpStatus = error?.Error.HttpStatus };
}
