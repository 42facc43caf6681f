using McpHub.Host.Configuration;

namespace McpHub.Host.Cli;

/// <summary><c>hub run</c>.</summary>
internal static class RunCommand
{
    public static async Task<int> RunAsync(RunOptions options, CliConsole console)
    {
        if (RunPlan.Make(options, new HubFileReader(), console) is not { } plan)
        {
            return ExitCode.Usage;
        }

        await console.Out.WriteLineAsync($"Hub {HubCommandLine.Version} · {plan.Listen}");
        return ExitCode.Unexpected;
    }
}
