using McpHub.Protocol.Revisions;
using McpHub.Transports.StreamableHttp;
using Microsoft.AspNetCore.Http;

namespace McpHub.Transports.Tests.StreamableHttp;

/// <summary>Streamable HTTP between a scripted server and the test.</summary>
public abstract class HttpTransportSpec(string config = "akka.loglevel = WARNING") : TransportSpec(config)
{
    /// <summary>The transport's clock.</summary>
    protected virtual TimeProvider Time => TimeProvider.System;

    /// <summary>Whether the test is at the stages that speak with a session themselves.</summary>
    protected virtual bool Direct => false;

    protected ScriptedHttpServer Server { get; private set; } = null!;

    protected async Task Serve(Func<HttpContext, SeenRequest, Task> script)
    {
        Server = Using(await ScriptedHttpServer.StartAsync(script));
        Connect(new StreamableHttpParameters(Server.Url) { Name = "peer" });
    }

    protected void Connect(StreamableHttpParameters server, int inboundBuffer = 1)
    {
        var transport = new StreamableHttpTransport(server, Time);
        Connect(Direct ? new DirectStages(transport) : transport, inboundBuffer);
    }

    /// <summary>The handshake of a legacy session.</summary>
    protected async Task Handshake()
    {
        await Ask(1, MethodNames.Initialize);
        await NextText(1);
        Assert.Null((await Ended(1)).Error);
        await Notify(MethodNames.Initialized, ("MCP-Protocol-Version", "2025-11-25"));
    }
}
