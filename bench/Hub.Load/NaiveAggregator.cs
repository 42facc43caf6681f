using Microsoft.AspNetCore.Builder;
using ModelContextProtocol.AspNetCore;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace McpHub.Load;

/// <summary>What a developer writes with the official C# SDK in an afternoon: server handlers over shared clients, as its documentation shows them.</summary>
internal static class NaiveAggregator
{
    public static async Task RunAsync(string url, bool modern, string[] upstreams)
    {
        var clients = new List<McpClient>();
        foreach (var transport in Transports(upstreams))
        {
            clients.Add(await McpClient.CreateAsync(transport, new McpClientOptions { ProtocolVersion = modern ? "2026-07-28" : "2025-11-25" }));
        }

        var tools = new List<Tool>();
        var owners = new Dictionary<string, (McpClient Client, string Name)>();
        foreach (var client in clients)
        {
            foreach (var tool in await client.ListToolsAsync())
            {
                var name = owners.ContainsKey(tool.Name) ? $"s{clients.IndexOf(client)}__{tool.Name}" : tool.Name;
                owners.Add(name, (client, tool.Name));
                tools.Add(new Tool { Name = name, Description = tool.Description, InputSchema = tool.ProtocolTool.InputSchema });
            }
        }

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(url);
        builder.Services.AddRoutingCore();
        builder.Services.AddMcpServer()
            .WithHttpTransport(http => http.SessionMode = modern ? HttpServerSessionMode.Stateless : HttpServerSessionMode.Stateful)
            .WithListToolsHandler((_, _) => ValueTask.FromResult(new ListToolsResult { Tools = tools }))
            .WithCallToolHandler((request, cancellation) =>
            {
                var (client, name) = owners[request.Params!.Name];
                return client.CallToolAsync(new CallToolRequestParams { Name = name, Arguments = request.Params.Arguments }, cancellation);
            });

        await using var app = builder.Build();
        app.UseRouting();
        app.MapMcp("/mcp");
        await app.RunAsync();
    }

    private static IEnumerable<IClientTransport> Transports(string[] upstreams)
    {
        for (var i = 0; i < upstreams.Length;)
        {
            var rest = upstreams[(i + 1)..].TakeWhile(word => word is not ("--http" or "--stdio")).ToArray();
            yield return upstreams[i] == "--http"
                ? new HttpClientTransport(new HttpClientTransportOptions { Endpoint = new Uri(rest[0]), TransportMode = HttpTransportMode.StreamableHttp })
                : new StdioClientTransport(new StdioClientTransportOptions { Command = rest[0], Arguments = rest[1..] });
            i += rest.Length + 1;
        }
    }
}
