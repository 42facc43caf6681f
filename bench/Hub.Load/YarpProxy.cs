using Yarp.ReverseProxy.Configuration;

namespace McpHub.Load;

/// <summary>A reverse proxy that does not look into what it relays.</summary>
internal static class YarpProxy
{
    public static async Task RunAsync(string url, string upstream)
    {
        await using var app = FixedHttp.Bare(url, builder =>
        {
            builder.Services.AddRoutingCore();
            builder.Services.AddReverseProxy().LoadFromMemory(
                [new RouteConfig { RouteId = "all", ClusterId = "upstream", Match = new RouteMatch { Path = "{**all}" } }],
                [new ClusterConfig { ClusterId = "upstream", Destinations = new Dictionary<string, DestinationConfig> { ["one"] = new() { Address = upstream } } }]);
        });
        app.UseRouting();
        app.MapReverseProxy();
        await app.RunAsync();
    }
}
