using McpHub.Transports.Sse;
using McpHub.Transports.Tests.StreamableHttp;
using Microsoft.AspNetCore.Http;

namespace McpHub.Transports.Tests.Contract;

/// <summary>HTTP+SSE: one stream on which all comes in, a POST for each message out.</summary>
public sealed class SseContract : HttpContract
{
    private IContractPeer? _peer;

    protected override ITransport Create(Uri url) => new SseTransport(new SseServerParameters(url));

    protected override Task ServeAsync(HttpContext http, SeenRequest request) =>
        request.Method == "GET" ? SpeakOn(http, "event: endpoint\ndata: /m\n\n") : AcceptOn(http, request, utf8 => _peer!.SayAsync(utf8));

    protected override async Task<IContractPeer> AcceptAsync() => _peer = await base.AcceptAsync();

    /// <summary>The rest of the one stream is unreadable, and this revision has no other.</summary>
    protected override async Task<bool> GiantWasRefusedAsync(IContractPeer peer)
    {
        await ItIsOver("HUB2108");
        return false;
    }

    protected override Task EndWasToldAsync(IContractPeer peer) => ItIsOver("HUB2110");
}
