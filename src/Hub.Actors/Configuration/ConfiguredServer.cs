namespace McpHub.Actors.Configuration;

/// <summary>One server of the file, in file order.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Parameters">How to reach it; <c>null</c> if it is disabled or misconfigured.</param>
/// <param name="Settings">Its <c>x-hub</c> section.</param>
/// <param name="Problems">Errors and warnings about it. One error is enough to keep it from running.</param>
/// <param name="At">Where its key stands.</param>
/// <param name="Disabled">Whether the file switches it off; then nothing else of it was read.</param>
internal sealed record ConfiguredServer(
    string Name, ServerParameters? Parameters, ServerSettings Settings, IReadOnlyList<Diagnostic> Problems, SourcePosition At, bool Disabled)
{
    /// <summary>The file asks for it, and it cannot be run as it is written there.</summary>
    public bool Misconfigured => !Disabled && Parameters is null;
}
