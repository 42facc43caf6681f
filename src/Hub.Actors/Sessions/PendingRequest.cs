using McpHub.Protocol.Errors;

namespace McpHub.Actors.Sessions;

/// <summary>One request that was handed to the transport and has no answer yet.</summary>
internal sealed class PendingRequest(long id, string method, OutboundFrame.Message frame)
{
    public long Id => id;

    public string Method => method;

    public OutboundFrame.Message Frame => frame;

    /// <summary>A client's call; exactly one of this and <see cref="Continue"/> is set.</summary>
    public UpstreamSession.Call? Call { get; init; }

    /// <summary>What the session itself does with the outcome of its own request.</summary>
    public Action<CallOutcome>? Continue { get; init; }

    /// <summary>When it was handed over, on the session's clock.</summary>
    public TimeSpan Since { get; set; }

    /// <summary>How long it may stay without progress.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>When it ends without progress. <see cref="TimeSpan.MaxValue"/> = never.</summary>
    public TimeSpan Deadline { get; set; }

    /// <summary>When it ends whatever its progress.</summary>
    public TimeSpan HardDeadline { get; init; } = TimeSpan.MaxValue;

    /// <summary>It waits for a place and was not handed to the transport.</summary>
    public bool IsQueued { get; set; }

    /// <summary>In which of the connection's HTTP sessions it was sent, counted from 0.</summary>
    public int HttpSession { get; set; }

    /// <summary>It was sent once more; not a third time.</summary>
    public bool IsSentAgain { get; set; }

    /// <summary>It is not written yet for another reason than a server that does not read.</summary>
    public bool IsHeld { get; set; }

    /// <summary>The last progress value passed on; later ones must be larger (2025-11-25, progress, "Behavior Requirements").</summary>
    public double LastProgress { get; set; } = double.NegativeInfinity;

    /// <summary>How much of its log was passed on; <c>null</c> before the first message.</summary>
    public LogMeter? Logs { get; set; }

    /// <summary>Ends the request; the session calls it exactly once, after it took the row out of its table.</summary>
    public void End(in CallOutcome outcome)
    {
        if (Call is { } call)
        {
            if (call.Sink.Logs is { } floor && Logs?.TakeReport(floor.Level) is { } report)
            {
                call.Sink.Push(report);
            }

            call.End(outcome);
        }
        else
        {
            Continue?.Invoke(outcome);
        }
    }

    public void Fail(HubError error) => End(new CallOutcome(null, error));
}
