using McpHub.Host.Cli;

// What follows a read runs on the thread that waits for sockets; read by the runtime with its first socket (docs/decisions/0068).
if (Environment.GetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS") is null)
{
    Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
}

return await HubCommandLine.RunAsync(args, CliConsole.System());
