using Yarp.ReverseProxy.Configuration;

namespace McpHub.Load;

/// <summary>A reverse proxy that does not look into what it relays.</summary>
internal static class YarpProxy
{
    public static async Task RunAsync(string url, string upstream)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(url);
        builder.Services.AddRoutingCore();
        builder.Services.AddReverseProxy().LoadFromMemory(
            [new RouteConfig { RouteId = "all", ClusterId = "upstream", Match = new RouteMatch { Path = "{**all}" } }],
            [new ClusterConfig { ClusterId = "upstream", Destinations = new Dictionary<string, DestinationConfig> { ["one"] = new() { Address = upstream } } }]);
        await using var app = builder.Build();
        app.UseRouting();
        app.MapReverseProxy();
        await app.RunAsync();
    }
}
