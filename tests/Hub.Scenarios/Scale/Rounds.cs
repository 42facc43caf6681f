namespace McpHub.Scenarios.Scale;

/// <summary>How often the heavy scenarios do what they do.</summary>
internal static class Rounds
{
    /// <summary>With <c>HUB_LONG=1</c> in the environment ten times as often, for the runs that no pull request waits for.</summary>
    public static int Of(int count) => Environment.GetEnvironmentVariable("HUB_LONG") == "1" ? 10 * count : count;
}
