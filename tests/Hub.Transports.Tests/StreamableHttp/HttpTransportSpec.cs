using McpHub.Protocol.Revisions;
using McpHub.Transports.StreamableHttp;
using Microsoft.AspNetCore.Http;

namespace McpHub.Transports.Tests.StreamableHttp;

/// <summary>Streamable HTTP between a scripted server and the test.</summary>
public abstract class HttpTransportSpec(string config = "akka.loglevel = WARNING") : TransportSpec(config)
{
    /// <summary>The transport's clock.</summary>
    protected virtual TimeProvider Time => TimeProvider.System;

    protected ScriptedHttpServer Server { get; private set; } = null!;

    protected async Task Serve(Func<HttpContext, SeenRequest, Task> script)
    {
        Server = Using(await ScriptedHttpServer.StartAsync(script));
        Connect(new StreamableHttpParameters(Server.Url) { Name = "peer" });
    }

    protected void Connect(StreamableHttpParameters server, int inboundBuffer = 1) => Connect(new StreamableHttpTransport(server, Time), inboundBuffer);

    /// <summary>The handshake of a legacy session.</summary>
    protected async Task Handshake()
    {
        await Ask(1, MethodNames.Initialize);
        await NextText(1);
        Assert.Null((await Ended(1)).Error);
        await Notify(MethodNames.Initialized, ("MCP-Protocol-Version", "2025-11-25"));
    }
}
