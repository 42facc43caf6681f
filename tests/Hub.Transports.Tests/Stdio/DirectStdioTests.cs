namespace McpHub.Transports.Tests.Stdio;

/// <summary>The same, with the stages that speak with a session themselves.</summary>
public sealed class DirectStdioFramesTests(StreamsFixture streams) : StdioFramesTests(streams)
{
    protected override bool Direct => true;
}

/// <inheritdoc cref="DirectStdioFramesTests"/>
public sealed class DirectStdioEndTests(StreamsFixture streams) : StdioEndTests(streams)
{
    protected override bool Direct => true;
}
