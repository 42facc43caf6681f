using McpHub.Samples;

namespace McpHub.Scenarios.Transports;

public sealed class SampleScenarios
{
    [Fact(DisplayName = "A transport of a user's own, by the public interface only: the sample connects, lists and calls")]
    public async Task The_in_memory_sample_runs()
    {
        using var output = new StringWriter();
        await InMemorySample.RunAsync(output).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(["Connected to: in-memory (2025-11-25)", "Tools: reverse", "Result: stressed"], output.ToString().ReplaceLineEndings("\n").Trim().Split('\n'));
    }
}
