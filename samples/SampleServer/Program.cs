using McpHub.SampleServer;

const string Usage = """
    usage: McpHub.SampleServer stdio [--theme notes|clock|orders] [--revision R]
           McpHub.SampleServer legacy-http [--urls URL] [--while-stdin-open]
           McpHub.SampleServer modern-http [--urls URL] [--while-stdin-open]

    stdio        a notebook (or another theme) on standard input and output; R is the protocol revision it speaks (default 2025-11-25)
    legacy-http  a calendar over Streamable HTTP with sessions, revisions up to 2025-11-25
    modern-http  a shop's orders over Streamable HTTP, revision 2026-07-28, no sessions

    URL defaults to http://127.0.0.1:0; port 0 takes a free one. The HTTP modes print "listening on URL" when they serve.
    With --while-stdin-open they stop when standard input ends, so that they never outlive the process that started them.
    """;

var theme = "notes";
var revision = "2025-11-25";
var urls = "http://127.0.0.1:0";
var whileStdinOpen = false;
var rest = new Queue<string>(args);
var mode = rest.Count > 0 ? rest.Dequeue() : "";
while (rest.TryDequeue(out var option))
{
    switch (option)
    {
        case "--theme" when mode == "stdio" && rest.TryPeek(out var named) && named is "notes" or "clock" or "orders": theme = rest.Dequeue(); break;
        case "--revision" when mode == "stdio" && rest.Count > 0: revision = rest.Dequeue(); break;
        case "--urls" when mode != "stdio" && rest.Count > 0: urls = rest.Dequeue(); break;
        case "--while-stdin-open" when mode != "stdio": whileStdinOpen = true; break;
        default: mode = ""; break;
    }
}

switch (mode)
{
    case "stdio":
        await StdioMode.RunAsync(theme, revision);
        return 0;
    case "legacy-http":
        await HttpMode.RunLegacyAsync(urls, whileStdinOpen);
        return 0;
    case "modern-http":
        await HttpMode.RunModernAsync(urls, whileStdinOpen);
        return 0;
    default:
        await Console.Error.WriteLineAsync(Usage);
        return 2;
}
