namespace McpHub.Load;

/// <summary>One upstream and what is called on it.</summary>
internal sealed record Scenario(bool Sample, bool Stdio, bool Modern)
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        .. from sample in new[] { false, true }
           from stdio in new[] { false, true }
           from modern in new[] { false, true }
           select new Scenario(sample, stdio, modern),
    ];

    public string Name => $"{(Sample ? "sample" : "fixed")}-{(Stdio ? "stdio" : "http")}-{Bench.Era(Modern)}";

    public string Title => $"{(Sample ? "C# SDK server" : "fixed bytes")}, {(Stdio ? "stdio" : "HTTP")}, {(Modern ? "2026-07-28" : "2025-11-25")}";

    public IReadOnlyList<ToolCall> Calls => this switch
    {
        { Sample: false } => [new("small", "small", """{"city":"Reykjavik","unit":"celsius"}""", 100), new("64 KiB", "large", """{"city":"Reykjavik"}""", 65_000)],
        { Stdio: true } => [new("small", "list_notes", "{}", 100)],
        { Modern: true } => [new("small", "get_order", """{"id":1}""", 100)],
        _ => [new("small", "add_days", """{"date":"2026-01-01","days":1}""", 100)],
    };

    /// <summary>Starts all contenders. Those that cannot be had are named in <paramref name="leftOut"/>.</summary>
    public IEnumerable<Contender> Start(Bench bench, IReadOnlyDictionary<string, string> hubs, List<string> leftOut)
    {
        string[]? command = !Stdio ? null : Sample ? ["dotnet", bench.SampleServer, "stdio", "--theme", "notes", "--revision", Modern ? "2026-07-28" : "2025-11-25"] : Bench.FixedStdio(Modern);
        Contender? direct = null;
        if (command is null)
        {
            yield return direct = Sample ? bench.SampleHttp(Modern) : bench.FixedHttp(Modern);
            if (Bench.Nginx is not null)
            {
                yield return bench.OfNginx(direct.Url);
            }
            else
            {
                leftOut.Add("nginx: not installed (apt-get install nginx-light)");
            }

            yield return bench.Yarp(direct.Url);
            yield return bench.Naive(Modern, "--http", direct.Url.ToString());
        }
        else
        {
            yield return bench.Naive(Modern, ["--stdio", .. command]);
            if (!bench.HasNpm)
            {
                leftOut.Add("mcp-proxy, supergateway: not installed (npm ci in bench/npm)");
            }
            else
            {
                if (Modern && Sample)
                {
                    leftOut.Add("mcp-proxy: does not start over a stdio server that speaks 2026-07-28 only, as the C# SDK's does here; the fixed one answers initialize too");
                }
                else
                {
                    yield return bench.McpProxy(command);
                }

                if (Modern)
                {
                    leftOut.Add("supergateway with 2026-07-28: starts its server anew for each call that has no session");
                }
                else
                {
                    yield return bench.Supergateway(command);
                }
            }
        }

        foreach (var (name, dll) in hubs)
        {
            yield return bench.OfHub(name, dll, Modern, new Dictionary<string, object> { ["up"] = Bench.HubEntry(Modern, direct?.Url, command) });
        }
    }
}
