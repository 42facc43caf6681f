namespace McpHub.TestSupport;

/// <summary>The child process of the tests (tests/Hub.TestPeer), which stands beside every test assembly in <c>peer/</c>.</summary>
public static class TestPeer
{
    /// <summary>Its assembly; it is started as <c>dotnet PATH MODE ...</c>.</summary>
    public static string Path { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "peer", "McpHub.TestPeer.dll");

    /// <summary>How to start it in one of its modes.</summary>
    public static StdioServerParameters Server(params string[] modeAndOptions) => new("dotnet", [Path, .. modeAndOptions]);
}
