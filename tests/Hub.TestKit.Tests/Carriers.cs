namespace McpHub.Testing.Tests;

/// <summary>What can carry a scripted server; the same script holds on each.</summary>
public static class Carriers
{
    public static TheoryData<string> All => ["memory", "pipe", "http"];

    public static TheoryData<string, Era> AllOfBothEras
    {
        get
        {
            var data = new TheoryData<string, Era>();
            foreach (var carrier in new[] { "memory", "pipe", "http" })
            {
                data.Add(carrier, Era.Legacy);
                data.Add(carrier, Era.Modern);
            }

            return data;
        }
    }

    public static ServerParameters Over(this ScriptedServer server, string carrier) => carrier switch
    {
        "memory" => server.InProcess(),
        "pipe" => server.OverPipe(),
        _ => server.OverHttp(),
    };

    public static string Text(this CallToolResult result) => ((TextContent)result.Content[0]).Text;
}
