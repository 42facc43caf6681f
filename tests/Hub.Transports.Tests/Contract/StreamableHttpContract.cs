using McpHub.Protocol.Revisions;
using McpHub.Transports.StreamableHttp;
using McpHub.Transports.Tests.StreamableHttp;
using Microsoft.AspNetCore.Http;

namespace McpHub.Transports.Tests.Contract;

/// <summary>Streamable HTTP up to 2025-11-25: a session, with a GET stream on which the peer speaks unasked.</summary>
public class LegacyHttpContract : HttpContract
{
    protected override ITransport Create(Uri url) => new StreamableHttpTransport(new StreamableHttpParameters(url));

    protected override async Task ServeAsync(HttpContext http, SeenRequest request)
    {
        if (request.Method == "GET")
        {
            await SpeakOn(http, ": hello\n\n");
        }
        else if (request.Text.Contains("\"initialize\"", StringComparison.Ordinal))
        {
            http.Response.Headers["Mcp-Session-Id"] = "s";
            await http.Json(Answer(1));
        }
        else if (request.Method == "DELETE" || request.Text.Contains("initialized", StringComparison.Ordinal))
        {
            http.Response.StatusCode = 202;
        }
        else
        {
            await HearOn(http, request);
        }
    }

    protected override async Task<IContractPeer> AcceptAsync()
    {
        await Ask(1, MethodNames.Initialize);
        await NextText(1);
        await Ended(1);
        await Notify(MethodNames.Initialized, ("MCP-Protocol-Version", "2025-11-25"));
        return await base.AcceptAsync();
    }

    /// <summary>The rest of that stream is unreadable; the session gets another one.</summary>
    protected override async Task<bool> GiantWasRefusedAsync(IContractPeer peer)
    {
        await base.GiantWasRefusedAsync(peer);
        await SpeaksAnew(peer);
        return true;
    }

    /// <summary>The session lives on, and gets another stream.</summary>
    protected override async Task EndWasToldAsync(IContractPeer peer)
    {
        await ACallWorks(peer, 10);
        await SpeaksAnew(peer);
        await TheNextMessageArrives(peer);
    }
}

/// <summary>Streamable HTTP of 2026-07-28: no session; the peer speaks on the response to what the hub asked.</summary>
public class ModernHttpContract : HttpContract
{
    protected override ITransport Create(Uri url) => new StreamableHttpTransport(new StreamableHttpParameters(url));

    protected override Task ServeAsync(HttpContext http, SeenRequest request) =>
        request.Text.Contains(MethodNames.SubscriptionsListen, StringComparison.Ordinal) ? SpeakOn(http, ": listening\n\n") : HearOn(http, request);

    protected override async Task<IContractPeer> AcceptAsync()
    {
        await ListenAsync();
        return await base.AcceptAsync();
    }

    /// <summary>It ends the exchange on which it came.</summary>
    protected override async Task<bool> GiantWasRefusedAsync(IContractPeer peer)
    {
        Assert.Equal("HUB2108", (await Ended(Unasked!.Value)).Error?.Definition.Code);
        await ListenAsync();
        await SpeaksAnew(peer);
        return true;
    }

    /// <summary>That exchange is over; what to do about it is the session's.</summary>
    protected override async Task EndWasToldAsync(IContractPeer peer)
    {
        Assert.Null((await Ended(Unasked!.Value)).Error);
        await ACallWorks(peer, 10);
    }

    private Task ListenAsync()
    {
        Unasked = (Unasked ?? 0) + 1;
        return Ask(Unasked.Value, MethodNames.SubscriptionsListen, ("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", MethodNames.SubscriptionsListen));
    }
}

/// <summary>The same, with the stages that speak with a session themselves.</summary>
public sealed class DirectLegacyHttpContract : LegacyHttpContract
{
    protected override bool Direct => true;

    protected override int Cycles => Long ? 1000 : 250;
}

/// <inheritdoc cref="DirectLegacyHttpContract"/>
public sealed class DirectModernHttpContract : ModernHttpContract
{
    protected override bool Direct => true;

    protected override int Cycles => Long ? 1000 : 250;
}
