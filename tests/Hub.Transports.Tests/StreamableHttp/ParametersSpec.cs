using Akka.Streams;
using Akka.Streams.Dsl;
using Microsoft.AspNetCore.Http;

namespace McpHub.Transports.Tests.StreamableHttp;

public sealed class ParametersSpec : HttpTransportSpec
{
    private static readonly Uri Nowhere = new("http://127.0.0.1:9/mcp");

    [Fact]
    public async Task Configured_headers_are_sent_with_every_request()
    {
        await Serve((http, request) => request.Text.Contains("\"id\"", StringComparison.Ordinal) ? http.Json(Answer(1)) : http.Status(405));
        await Transport.DisposeAsync();
        Connect(new StreamableHttpParameters(Server.Url) { Headers = new Dictionary<string, string> { ["Authorization"] = "Bearer x", ["X-Team"] = "a, b" } });
        await Handshake();
        await Next<InboundEvent.Rejected>();
        await Transport.DisposeAsync();
        Assert.All(Server.Requests, request => Assert.Equal(("Bearer x", "a, b"), (request.Header("Authorization"), request.Header("X-Team"))));
    }

    [Theory]
    [InlineData("host", "a")]
    [InlineData("Content-Type", "a")]
    [InlineData("content-length", "1")]
    [InlineData("ACCEPT", "a")]
    [InlineData("Accept-Encoding", "gzip")]
    [InlineData("mcp-name", "a")]
    [InlineData("Mcp-Session-Id", "a")]
    [InlineData("MCP-Protocol-Version", "a")]
    [InlineData("Connection", "close")]
    [InlineData("Transfer-Encoding", "chunked")]
    [InlineData("Expect", "100-continue")]
    [InlineData("Last-Event-ID", "1")]
    [InlineData("X Y", "a")]
    [InlineData("", "a")]
    [InlineData("X-A", "a\r\nMcp-Name: b")]
    [InlineData("X-A", "é")]
    [InlineData("X-A", " a")]
    public void A_header_that_is_computed_or_broken_is_refused_at_once(string name, string value)
    {
        var refused = Assert.Throws<HubException>(() => McpTransports.StreamableHttp(new StreamableHttpParameters(Nowhere) { Headers = new Dictionary<string, string> { [name] = value } }));
        Assert.Equal("HUB1001", refused.Code);
    }

    [Theory]
    [InlineData("ftp://127.0.0.1/mcp")]
    [InlineData("/mcp")]
    [InlineData("http://user:secret@127.0.0.1/mcp")]
    public void A_URL_that_cannot_be_used_is_refused_at_once(string url)
    {
        var refused = Assert.Throws<HubException>(() => McpTransports.StreamableHttp(new StreamableHttpParameters(new Uri(url, UriKind.RelativeOrAbsolute))));
        Assert.Equal("HUB1001", refused.Code);
        Assert.DoesNotContain("secret", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_transport_is_one_connection()
    {
        Connect(new StreamableHttpParameters(Nowhere));
        Assert.Throws<InvalidOperationException>(() => { _ = Transport.Inbound.RunWith(Sink.Ignore<FrameBatch>(), Sys.Materializer()); });
        Assert.Throws<InvalidOperationException>(() => Source.Empty<OutboundFrame>().To(Transport.Outbound).Run(Sys.Materializer()));
        await Transport.DisposeAsync();
        Assert.Empty(await Rest());
    }

    [Fact]
    public async Task A_transport_that_never_ran_closes()
    {
        var transport = McpTransports.StreamableHttp(new StreamableHttpParameters(Nowhere));
        Assert.Equal(TransportKind.Http, transport.Kind);
        await transport.DisposeAsync();
        await transport.DisposeAsync();
        Assert.Null((await transport.Closed).Error);
    }
}
