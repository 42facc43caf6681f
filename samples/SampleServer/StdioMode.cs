using McpHub.SampleServer.Notes;

namespace McpHub.SampleServer;

internal static class StdioMode
{
    public static async Task RunAsync(string revision)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "notes" });
        // Standard output belongs to the protocol: every log line goes to standard error.
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSingleton<Notebook>();
        builder.Services
            .AddMcpServer(server =>
            {
                server.ServerInfo = new() { Name = "notes", Title = "Notebook", Version = "1.0.0" };
                server.ServerInstructions = "A small notebook. Search before you add, so that no note stands there twice.";
                server.ProtocolVersion = revision;
            })
            .WithStdioServerTransport()
            .WithTools<NoteTools>()
            .WithResources<NoteResources>()
            .WithPrompts<NotePrompts>();
        await builder.Build().RunAsync();
    }
}
