using McpHub.Host.Cli;
using McpHub.Transports;

SocketCompletions.GoOnWhereSeen();
return await HubCommandLine.RunAsync(args, CliConsole.System());
