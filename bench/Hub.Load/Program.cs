using McpHub.Load;

const string Usage = """
    usage: McpHub.Load run [options]                                    measures and prints the table; see bench/load
           McpHub.Load fixed-http URL legacy|modern                     an upstream that answers fixed bytes
           McpHub.Load fixed-stdio legacy|modern                        the same on standard input and output
           McpHub.Load naive URL legacy|modern [--http URL | --stdio COMMAND ...]...
           McpHub.Load yarp URL UPSTREAM
           McpHub.Load drive URL legacy|modern --tool NAME [--arguments JSON] [--callers N] [--seconds S] [--warmup S]
    """;

switch (args)
{
    case ["run", .. var options]:
        return await Runner.RunAsync(options);
    case ["fixed-http", var url, "legacy" or "modern"]:
        FixedHttp.Run(url, args[2] == "modern");
        return 0;
    case ["fixed-stdio", "legacy" or "modern"]:
        FixedStdio.Run(args[1] == "modern");
        return 0;
    case ["naive", var url, "legacy" or "modern", .. var upstreams] when upstreams.Length > 0:
        await NaiveAggregator.RunAsync(url, args[2] == "modern", upstreams);
        return 0;
    case ["yarp", var url, var upstream]:
        await YarpProxy.RunAsync(url, upstream);
        return 0;
    case ["drive", var url, "legacy" or "modern", .. var options]:
        return await Runner.DriveAsync(new Uri(url), args[2] == "modern", options);
    default:
        await Console.Error.WriteLineAsync(Usage);
        return 2;
}
