using Akka.Actor;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Errors;

namespace McpHub.Actors.Tests.Sessions;

/// <summary>Contract 2.6: how the era of a server is found out.</summary>
public sealed class HandshakeSpec : SessionSpec
{
    [Fact(DisplayName = "F-001 a valid discovery makes a modern session and no initialize is sent")]
    public async Task A_valid_discovery_makes_a_modern_session()
    {
        await StartAsync();
        Actor.Tell(new UpstreamSession.Connect(null));
        var peer = await OpenedAsync();
        var probe = await peer.ExpectAsync("server/discover");
        Assert.Equal("2026-07-28", probe.GetProperty("params").GetProperty("_meta").GetProperty("io.modelcontextprotocol/protocolVersion").GetString());
        peer.Reply(probe, ModernHello);

        var connected = await Supervisor.ExpectMsgAsync<UpstreamSession.Connected>();

        Assert.Equal((Era.Modern, "2026-07-28"), (connected.Peer.Era, connected.Peer.Revision));
        Assert.True(peer.IsQuiet);
    }

    [Theory(DisplayName = "F-002 only legacy revisions, or an answer that cannot be read, lead to initialize on the same connection")]
    [InlineData("""{"supportedVersions":["2025-11-25"],"capabilities":{}}""")]
    [InlineData("""{"something":"else"}""")]
    [InlineData("""{"supportedVersions":7}""")]
    public async Task Only_legacy_revisions_lead_to_initialize(string answer)
    {
        await StartAsync();
        Actor.Tell(new UpstreamSession.Connect(null));
        var peer = await OpenedAsync();
        peer.Reply(await peer.ExpectAsync("server/discover"), answer);

        peer.Reply(await peer.ExpectAsync("initialize"), LegacyHello);
        await peer.ExpectAsync("notifications/initialized");

        Assert.Equal(Era.Legacy, (await Supervisor.ExpectMsgAsync<UpstreamSession.Connected>()).Peer.Era);
    }

    [Theory(DisplayName = "F-003 W-20 any error that is not modern leads to initialize")]
    [InlineData(-32601)]
    [InlineData(-32602)]
    [InlineData(-32000)]
    [InlineData(0)]
    [InlineData(42)]
    public async Task Any_other_error_leads_to_initialize(int code)
    {
        await StartAsync();
        Actor.Tell(new UpstreamSession.Connect(null));
        var peer = await OpenedAsync();
        peer.ReplyError(await peer.ExpectAsync("server/discover"), code);

        peer.Reply(await peer.ExpectAsync("initialize"), LegacyHello);

        Assert.Equal(Era.Legacy, (await Supervisor.ExpectMsgAsync<UpstreamSession.Connected>()).Peer.Era);
    }

    [Fact(DisplayName = "F-004 W-19 a connection that ends on the probe is opened anew and starts with initialize")]
    public async Task A_connection_that_ends_on_the_probe_is_opened_anew()
    {
        await StartAsync();
        Actor.Tell(new UpstreamSession.Connect(null));
        var first = await OpenedAsync();
        await first.ExpectAsync("server/discover");
        first.Break(HubErrors.ServerExited.With(("exit", "exit code 1")));

        var second = await OpenedAsync();
        second.Reply(await second.ExpectAsync("initialize"), LegacyHello);

        Assert.Equal(Era.Legacy, (await Supervisor.ExpectMsgAsync<UpstreamSession.Connected>()).Peer.Era);
    }

    [Fact(DisplayName = "F-004 a borrowed transport that ends on the probe cannot be opened anew, and the error says what to do")]
    public async Task A_borrowed_transport_cannot_be_opened_anew()
    {
        await StartAsync(change: server => server with { CanReopen = false });
        Actor.Tell(new UpstreamSession.Connect(null));
        var peer = await OpenedAsync();
        await peer.ExpectAsync("server/discover");
        peer.Break(HubErrors.ServerExited.With(("exit", "exit code 1")));

        Assert.Equal("HUB2116", (await Supervisor.ExpectMsgAsync<UpstreamSession.ConnectFailed>()).Error.Definition.Code);
    }

    [Fact(DisplayName = "F-005 no answer to the probe on a channel: initialize follows after 5 s")]
    public async Task Silence_on_a_channel_leads_to_initialize()
    {
        await StartAsync();
        Actor.Tell(new UpstreamSession.Connect(null));
        var peer = await OpenedAsync();
        await peer.ExpectAsync("server/discover");

        await AdvanceUntilAsync(() => !peer.IsQuiet, TimeSpan.FromSeconds(6));
        peer.Reply(await peer.ExpectAsync("initialize"), LegacyHello);

        Assert.Equal(Era.Legacy, (await Supervisor.ExpectMsgAsync<UpstreamSession.Connected>()).Peer.Era);
    }

    [Fact(DisplayName = "F-005 no answer to the probe over HTTP is an outage and no verdict")]
    public async Task Silence_over_http_is_an_outage()
    {
        await StartAsync(TransportKind.Http);
        Actor.Tell(new UpstreamSession.Connect(null));
        var peer = await OpenedAsync();
        await peer.ExpectAsync("server/discover");

        await AdvanceUntilAsync(() => peer.IsDisposed, TimeSpan.FromSeconds(6));

        Assert.Equal("HUB2104", (await Supervisor.ExpectMsgAsync<UpstreamSession.ConnectFailed>()).Error.Definition.Code);
    }

    [Theory(DisplayName = "F-006 a status that says nothing about the era ends the connect; other 4xx lead to initialize (F-011)")]
    [InlineData(401, false)]
    [InlineData(403, false)]
    [InlineData(429, false)]
    [InlineData(503, false)]
    [InlineData(400, true)]
    [InlineData(404, true)]
    [InlineData(405, true)]
    public async Task The_status_decides(int status, bool isLegacy)
    {
        await StartAsync(TransportKind.Http);
        Actor.Tell(new UpstreamSession.Connect(null));
        var peer = await OpenedAsync();
        var probe = await peer.ExpectAsync("server/discover");
        peer.Report(new InboundEvent.ExchangeEnded(probe.GetProperty("id").GetInt64(), HubErrors.HttpStatus.With(("status", status), ("excerpt", "")) with { HttpStatus = status }));

        if (isLegacy)
        {
            peer.Reply(await peer.ExpectAsync("initialize"), LegacyHello);
            Assert.Equal(Era.Legacy, (await Supervisor.ExpectMsgAsync<UpstreamSession.Connected>()).Peer.Era);
        }
        else
        {
            Assert.Equal(status, (await Supervisor.ExpectMsgAsync<UpstreamSession.ConnectFailed>()).Error.HttpStatus);
        }
    }

    [Fact(DisplayName = "F-007 disjoint modern revisions: the error names both lists and initialize is not tried")]
    public async Task Disjoint_revisions_are_an_error()
    {
        await StartAsync();
        Actor.Tell(new UpstreamSession.Connect(null));
        var peer = await OpenedAsync();
        peer.ReplyError(await peer.ExpectAsync("server/discover"), -32022, data: """{"supported":["2027-01-01"],"requested":"2026-07-28"}""");

        var error = (await Supervisor.ExpectMsgAsync<UpstreamSession.ConnectFailed>()).Error;

        Assert.Equal("HUB2109", error.Definition.Code);
        Assert.Contains("2027-01-01", error.Message, StringComparison.Ordinal);
        Assert.Contains("2026-07-28", error.Message, StringComparison.Ordinal);
        Assert.True(peer.IsQuiet);
    }

    [Fact(DisplayName = "a probe refused with a list that has our revision is sent once more")]
    public async Task A_mutual_revision_is_tried_once_more()
    {
        await StartAsync();
        Actor.Tell(new UpstreamSession.Connect(null));
        var peer = await OpenedAsync();
        peer.ReplyError(await peer.ExpectAsync("server/discover"), -32022, data: """{"supported":["2026-07-28"]}""");
        peer.Reply(await peer.ExpectAsync("server/discover"), ModernHello);

        Assert.Equal(Era.Modern, (await Supervisor.ExpectMsgAsync<UpstreamSession.Connected>()).Peer.Era);
    }

    [Fact(DisplayName = "F-009 a pin to legacy sends no probe, a pin to modern no handshake")]
    public async Task Pins_forbid_the_other_way()
    {
        await StartAsync();
        Actor.Tell(new UpstreamSession.Connect(Era.Modern));
        var peer = await OpenedAsync();
        peer.ReplyError(await peer.ExpectAsync("server/discover"), -32601);

        Assert.Equal("HUB2114", (await Supervisor.ExpectMsgAsync<UpstreamSession.ConnectFailed>()).Error.Definition.Code);
        Assert.True(peer.IsQuiet);

        await HandshakeAsync();
    }

    [Theory(DisplayName = "F-012 -32020 and -32021 mean a modern server: no handshake")]
    [InlineData(-32020)]
    [InlineData(-32021)]
    public async Task Modern_errors_mean_a_modern_server(int code)
    {
        await StartAsync(TransportKind.Http);
        Actor.Tell(new UpstreamSession.Connect(null));
        var peer = await OpenedAsync();
        peer.ReplyError(await peer.ExpectAsync("server/discover"), code);

        await Supervisor.ExpectMsgAsync<UpstreamSession.ConnectFailed>();
        Assert.True(peer.IsQuiet);
    }

    [Fact(DisplayName = "B-002 an unknown revision in the handshake closes the connection with a typed error")]
    public async Task An_unknown_revision_closes_the_connection()
    {
        await StartAsync();
        Actor.Tell(new UpstreamSession.Connect(Era.Legacy));
        var peer = await OpenedAsync();
        peer.Reply(await peer.ExpectAsync("initialize"), LegacyHello.Replace("2025-11-25", "1999-01-01", StringComparison.Ordinal));

        var error = (await Supervisor.ExpectMsgAsync<UpstreamSession.ConnectFailed>()).Error;

        Assert.Equal("HUB2109", error.Definition.Code);
        Assert.True(peer.IsDisposed);
        Assert.True(peer.IsQuiet);
    }

    [Fact(DisplayName = "B-003 an older revision is taken")]
    public async Task An_older_revision_is_taken()
    {
        await StartAsync();
        Actor.Tell(new UpstreamSession.Connect(Era.Legacy));
        var peer = await OpenedAsync();
        var hello = await peer.ExpectAsync("initialize");
        Assert.Equal("{}", hello.GetProperty("params").GetProperty("capabilities").GetRawText());
        peer.Reply(hello, LegacyHello.Replace("2025-11-25", "2024-11-05", StringComparison.Ordinal));
        await peer.ExpectAsync("notifications/initialized");

        Assert.Equal("2024-11-05", (await Supervisor.ExpectMsgAsync<UpstreamSession.Connected>()).Peer.Revision);
    }

    [Fact(DisplayName = "B-016 initialize times out: the connect fails, the connection is closed, nothing more is written")]
    public async Task Initialize_times_out()
    {
        await StartAsync();
        Actor.Tell(new UpstreamSession.Connect(Era.Legacy));
        var peer = await OpenedAsync();
        await peer.ExpectAsync("initialize");

        await AdvanceUntilAsync(() => peer.IsDisposed, TimeSpan.FromSeconds(61));

        Assert.Equal("HUB2104", (await Supervisor.ExpectMsgAsync<UpstreamSession.ConnectFailed>()).Error.Definition.Code);
        Assert.True(peer.IsQuiet);
    }
}
