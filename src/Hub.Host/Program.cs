using McpHub.Host.Cli;

return await HubCommandLine.RunAsync(args, CliConsole.System());
