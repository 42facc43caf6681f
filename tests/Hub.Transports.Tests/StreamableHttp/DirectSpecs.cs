namespace McpHub.Transports.Tests.StreamableHttp;

/// <summary>The same, with the stages that speak with a session themselves.</summary>
public sealed class DirectAnswerSpec : AnswerSpec
{
    protected override bool Direct => true;
}

/// <inheritdoc cref="DirectAnswerSpec"/>
public sealed class DirectBrokenPeerSpec : BrokenPeerSpec
{
    protected override bool Direct => true;
}

/// <inheritdoc cref="DirectAnswerSpec"/>
public sealed class DirectExchangeSpec : ExchangeSpec
{
    protected override bool Direct => true;
}

/// <inheritdoc cref="DirectAnswerSpec"/>
public sealed class DirectLegacySessionSpec : LegacySessionSpec
{
    protected override bool Direct => true;
}

/// <inheritdoc cref="DirectAnswerSpec"/>
public sealed class DirectTimerSpec : TimerSpec
{
    protected override bool Direct => true;
}
