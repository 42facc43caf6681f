namespace McpHub.Testing.InProcess;

/// <summary>How to reach a scripted server in memory.</summary>
internal sealed record InProcessParameters(ScriptedServer Server) : ServerParameters
{
    internal override ITransport OpenTransport() => Server.OpenTransport();
}
