using System.Threading.Channels;
using McpHub.Testing.Engine;

namespace McpHub.Testing.Http;

/// <summary>A legacy session, or all modern requests together, which know of no session.</summary>
/// <param name="endpoint">Where it lives.</param>
/// <param name="server">The server.</param>
/// <param name="id">The id of a legacy session; <c>null</c> = the modern requests.</param>
internal sealed class HttpSession(HttpEndpoint endpoint, ScriptedServer server, string? id) : ScriptedConnection(server, server.NextConnection())
{
    private readonly Queue _unasked = new();

    public string? Id => id;

    // A modern server says nothing but on the response of a request.
    public override ReplyPath? Unasked => id is null ? null : _unasked;

    public override bool StopsReading { get; set; }

    /// <summary>What the server says unasked, for the stream of a GET.</summary>
    public ChannelReader<byte[]> Messages => _unasked.Messages;

    public override Task EndAsync(ConnectionEnd how) => endpoint.EndAllAsync();

    public void Over() => OnClosed();

    private sealed class Queue : ReplyPath
    {
        private readonly Channel<byte[]> _messages = Channel.CreateUnbounded<byte[]>();

        public ChannelReader<byte[]> Messages => _messages.Reader;

        public override Task WriteAsync(ReadOnlyMemory<byte> utf8, bool isLast)
        {
            _messages.Writer.TryWrite(utf8.ToArray());
            return Task.CompletedTask;
        }

        public override Task WritePartAsync(ReadOnlyMemory<byte> utf8, int bytes) => WriteAsync(utf8[..bytes], isLast: false);
    }
}
