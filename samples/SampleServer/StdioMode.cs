namespace McpHub.SampleServer;

internal static class StdioMode
{
    public static async Task RunAsync(string theme, string revision)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = theme });
        // Standard output belongs to the protocol: every log line goes to standard error.
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddThemedServer(theme, revision).WithStdioServerTransport();
        await builder.Build().RunAsync();
    }
}
