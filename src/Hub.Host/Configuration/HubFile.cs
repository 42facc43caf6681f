using McpHub.Actors.Configuration;

namespace McpHub.Host.Configuration;

/// <summary>A configuration file as read. It is data also when it is broken: <see cref="Usable"/> says whether a hub may start from it.</summary>
/// <param name="Path">The file as the user named it.</param>
/// <param name="Servers">Its servers in file order.</param>
/// <param name="Settings">Its <c>hub</c> section.</param>
/// <param name="Diagnostics">Everything there is to say, in file order, the servers' problems included.</param>
internal sealed record HubFile(string Path, IReadOnlyList<ConfiguredServer> Servers, HubFileSettings Settings, IReadOnlyList<Diagnostic> Diagnostics)
{
    /// <summary>Whether nothing is wrong with the file as a whole. A broken server does not stop the others, unless the file asks for that.</summary>
    public bool Usable => !Diagnostics.Any(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error && (diagnostic.Server is null || Settings.FailsOnInvalidServer));
}
