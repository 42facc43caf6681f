using System.Net;
using System.Net.Sockets;
using McpHub.Protocol.Errors;
using McpHub.Transports.OutboundHttp;
using McpHub.Transports.Tests.StreamableHttp;

namespace McpHub.Transports.Tests.OutboundHttp;

/// <summary>Where the hub may connect to (contract 5, D-1, D-2 and D-9).</summary>
public sealed class AddressGuardSpec : HttpTransportSpec
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("10.1.2.3")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.0.1")]
    [InlineData("100.64.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("198.18.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("fe80::1%3")]
    [InlineData("fc00::1")]
    [InlineData("ff02::1")]
    [InlineData("2001:db8::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("64:ff9b::10.0.0.1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("2001:0:4136:e378:8000:63bf:80ff:fffe")]
    public void Addresses_that_no_public_server_has_are_not_public(string address)
    {
        Assert.False(AddressGuard.IsAllowed(IPAddress.Parse(address), OutboundAddresses.PublicOnly));
        Assert.True(AddressGuard.IsAllowed(IPAddress.Parse(address), OutboundAddresses.Any));
    }

    [Theory]
    [InlineData("93.184.216.34")]
    [InlineData("100.128.0.1")]
    [InlineData("172.32.0.1")]
    [InlineData("2606:2800:220:1:248:1893:25c8:1946")]
    [InlineData("64:ff9b::93.184.216.34")]
    public void Public_addresses_are(string address) => Assert.True(AddressGuard.IsAllowed(IPAddress.Parse(address), OutboundAddresses.PublicOnly));

    [Theory]
    [InlineData("169.254.169.254")]
    [InlineData("fd00:ec2::254")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("64:ff9b::169.254.169.254")]
    public void Those_that_hand_out_credentials_are_never_allowed(string address) => Assert.False(AddressGuard.IsAllowed(IPAddress.Parse(address), OutboundAddresses.Any));

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("2130706433")]
    [InlineData("0x7f000001")]
    [InlineData("017700000001")]
    [InlineData("127.1")]
    [InlineData("１２７.0.0.1")]
    [InlineData("localhost")]
    [InlineData("localhost.")]
    [InlineData("[::1]")]
    [InlineData("[::ffff:127.0.0.1]")]
    public async Task However_it_is_written_loopback_is_not_connected_to_where_only_public_addresses_are(string host)
    {
        using var canary = new TcpListener(IPAddress.IPv6Any, 0);
        canary.Server.DualMode = true;
        canary.Start();
        Connect(new StreamableHttpParameters(new Uri($"http://{host}:{((IPEndPoint)canary.LocalEndpoint).Port}/mcp")) { Addresses = OutboundAddresses.PublicOnly });
        await Ask(1);
        var error = (await Ended(1)).Error!;

        // Some spellings are no name that a resolver knows.
        Assert.Contains(error.Definition, new[] { HubErrors.AddressNotAllowed, HubErrors.ConnectFailed });
        Assert.Equal(Delivery.NotSent, error.Delivery);
        Assert.False(canary.Pending());
    }

    [Fact]
    public async Task The_environment_names_no_proxy()
    {
        await Serve((http, _) => http.Json(Answer(1)));
        await Transport.DisposeAsync();
        var handler = HttpHandlers.WithoutCredentials(new StreamableHttpParameters(new Uri("https://a.example/mcp")));
        Assert.False(handler.UseProxy);
        Assert.Equal(32, handler.MaxResponseHeadersLength);

        // The scripted server is the proxy.
        Connect(new StreamableHttpParameters(new Uri("http://a.example/mcp")) { Proxy = Server.Url });
        await Ask(1);
        await NextText(1);
        Assert.Equal("a.example", Assert.Single(Server.Requests).Header("Host"));
    }

    [Fact]
    public void Behind_a_proxy_public_addresses_cannot_be_promised() => Assert.Equal("HUB1001", Assert.Throws<HubException>(() => McpTransports.StreamableHttp(
        new StreamableHttpParameters(new Uri("http://a.example/mcp")) { Proxy = new Uri("http://127.0.0.1:1"), Addresses = OutboundAddresses.PublicOnly })).Code);
}
