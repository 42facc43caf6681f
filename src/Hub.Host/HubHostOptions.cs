using McpHub.Actors;
using McpHub.Actors.Servers;
using McpHub.Host.Downstream;
using Microsoft.Extensions.Logging.Abstractions;

namespace McpHub.Host;

/// <summary>What one standalone hub is made of.</summary>
internal sealed record HubHostOptions
{
    /// <summary>Where it listens: <c>http</c> on 127.0.0.1, [::1] or localhost (which is 127.0.0.1). Port 0 takes a free one.</summary>
    public Uri Listen { get; init; } = new("http://127.0.0.1:0");

    /// <summary>Path of the MCP endpoint; compared byte for byte.</summary>
    public string Path { get; init; } = "/mcp";

    /// <summary>Naming, time and grace periods. A <c>/mcp</c> never rejects a server because of a name (contract 0.3 "duplicate names").</summary>
    public HubRuntimeOptions Runtime { get; init; } = new();

    public IReadOnlyList<ServerDefinition> Servers { get; init; } = [];

    /// <summary>HOCON over <c>hocon/hub.conf</c>.</summary>
    public string Hocon { get; init; } = "";

    public ILoggerFactory Loggers { get; init; } = NullLoggerFactory.Instance;

    public DownstreamLimits Limits { get; init; } = new();

    /// <summary>Adds endpoints beside the MCP one. They stand behind the same Host and Origin check; <see cref="HubRuntime"/> is among the app's services.</summary>
    public Action<WebApplication>? Map { get; init; }
}
