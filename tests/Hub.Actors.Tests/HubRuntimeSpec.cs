using System.Threading.Channels;
using Akka.TestKit.Xunit2;
using McpHub.Actors.Servers;
using McpHub.TestSupport;

namespace McpHub.Actors.Tests;

/// <summary>The handle on a hub: adding servers, and what is asked of a hub that has ended.</summary>
public sealed class HubRuntimeSpec() : TestKit("akka.loglevel = OFF")
{
    private const string Hello = """{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"scripted","version":"1"}}""";

    [Fact(DisplayName = "giving up the add of a second server of a name leaves the first one alone")]
    public async Task A_cancelled_add_removes_only_its_own_server()
    {
        await using var hub = HubRuntime.Start(Sys, new HubRuntimeOptions(), []);
        var opened = Channel.CreateUnbounded<ScriptedTransport>();
        var server = new ServerDefinition("one")
        {
            Era = Era.Legacy,
            OpenTransport = () =>
            {
                var transport = new ScriptedTransport();
                opened.Writer.TryWrite(transport);
                return transport;
            },
        };
        var adding = hub.AddServerAsync(server, CancellationToken.None);
        var peer = await opened.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        peer.Reply(await peer.ExpectAsync("initialize"), Hello);
        var first = await adding.WaitAsync(TimeSpan.FromSeconds(20));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hub.AddServerAsync(server, new CancellationToken(canceled: true)));
        // Answered by the supervisor after the removal that the cancelled add asked for.
        Assert.False(await hub.RemoveServerAsync("nobody").WaitAsync(TimeSpan.FromSeconds(20)));

        Assert.Equal("one", Assert.Single(hub.Table.Servers).Definition.Id);
        Assert.NotNull(first.Peer);
        Assert.False(peer.IsDisposed);
    }

    [Fact(DisplayName = "a client that is opened at a hub that has ended gets an error, not silence")]
    public async Task A_client_at_an_ended_hub_gets_an_error()
    {
        var hub = HubRuntime.Start(Sys, new HubRuntimeOptions(), []);
        await hub.DisposeAsync();

        var refused = await Assert.ThrowsAnyAsync<HubException>(() => hub.OpenClient(Akka.Actor.Props.Empty).WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal("HUB5109", refused.Code);
    }
}
