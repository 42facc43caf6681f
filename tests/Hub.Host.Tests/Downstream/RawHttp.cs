using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace McpHub.Host.Tests.Downstream;

/// <summary>HTTP/1.1 as bytes, for what no client library would send.</summary>
internal sealed class RawHttp : IDisposable
{
    private readonly TcpClient _client = new();
    private readonly Uri _url;
    private NetworkStream _stream = null!;

    private RawHttp(Uri url) => _url = url;

    public sealed record Response(int Status, IReadOnlyList<string> Headers, string Body)
    {
        public string? Header(string name) => Headers.FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();
    }

    /// <summary>Bytes that have come and were not read.</summary>
    public int Available => _client.Available;

    public static async Task<RawHttp> ConnectAsync(Uri url, int? receiveBuffer = null)
    {
        var raw = new RawHttp(url);
        if (receiveBuffer is { } size)
        {
            raw._client.ReceiveBufferSize = size;
        }

        await raw._client.ConnectAsync(url.Host, url.Port);
        raw._stream = raw._client.GetStream();
        return raw;
    }

    public static async Task<Response?> ExchangeAsync(Uri url, string request)
    {
        using var raw = await ConnectAsync(url);
        await raw.WriteAsync(Encoding.Latin1.GetBytes(request.Replace("PORT", url.Port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)));
        return await raw.ReadAsync(hasBody: !request.StartsWith("HEAD", StringComparison.Ordinal));
    }

    /// <summary>A POST with its own Host header, the usual headers and these.</summary>
    public async Task PostAsync(byte[] body, string headers = "") =>
        await WriteAsync([.. Encoding.Latin1.GetBytes($"POST /mcp HTTP/1.1\r\nHost: {_url.Authority}\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\nContent-Length: {body.Length}\r\n{headers}\r\n"), .. body]);

    public async Task WriteAsync(byte[] bytes) => await _stream.WriteAsync(bytes);

    public void CloseSending() => _client.Client.Shutdown(SocketShutdown.Send);

    /// <summary>One response with Content-Length or none; <c>null</c> if the connection was closed instead. A chunked body is not read.</summary>
    public async Task<Response?> ReadAsync(bool hasBody = true)
    {
        var head = new List<byte>();
        var one = new byte[1];
        try
        {
            while (head.Count < 4 || !(head[^1] == '\n' && head[^2] == '\r' && head[^3] == '\n'))
            {
                if (await _stream.ReadAsync(one) == 0)
                {
                    return null;
                }

                head.Add(one[0]);
            }
        }
        catch (IOException)
        {
            return null;
        }

        var lines = Encoding.Latin1.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var response = new Response(int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture), lines[1..], "");
        var body = new byte[hasBody ? int.Parse(response.Header("Content-Length") ?? "0", CultureInfo.InvariantCulture) : 0];
        await _stream.ReadExactlyAsync(body);
        return response with { Body = Encoding.UTF8.GetString(body) };
    }

    /// <summary>Whether a whole response comes.</summary>
    public async Task<bool> TryReadAsync()
    {
        try
        {
            return await ReadAsync() is not null;
        }
        catch (IOException)
        {
            return false;
        }
    }

    public void Dispose() => _client.Dispose();
}
