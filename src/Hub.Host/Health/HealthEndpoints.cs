using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using McpHub.Actors.Servers;

namespace McpHub.Host.Health;

/// <summary><c>GET /health</c> and <c>GET /alive</c> (contract 6, 3.9).</summary>
internal static class HealthEndpoints
{
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Maps both. Neither ever waits for a server: they tell the states as they are published.</summary>
    /// <param name="routes">Where to map them.</param>
    /// <param name="servers">The servers' states of this moment.</param>
    public static void Map(IEndpointRouteBuilder routes, Func<IEnumerable<ServerHealth>> servers)
    {
        routes.MapGet("/alive", context => Write(context, 200, "text/plain; charset=utf-8", "Alive"u8.ToArray()));
        routes.MapGet("/health", context =>
        {
            var report = HealthReport.Of(servers());
            var status = report.Word == HealthWord.Unhealthy ? 503 : 200;

            // Names and reasons are for the local user; anybody else gets the word alone.
            var verbose = context.Request.Query.ContainsKey("verbose") && context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address);
            return verbose
                ? Write(context, status, "application/json", ToJson(report))
                : Write(context, status, "text/plain; charset=utf-8", System.Text.Encoding.UTF8.GetBytes(report.Word.ToString()));
        });
    }

    /// <summary>The verbose answer. It has messages for the operator, but never details (stderr, response excerpts) or values of the file.</summary>
    internal static byte[] ToJson(HealthReport report)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, Json))
        {
            json.WriteStartObject();
            json.WriteString("status"u8, report.Word.ToString());
            json.WriteStartArray("servers"u8);
            foreach (var server in report.Servers)
            {
                json.WriteStartObject();
                json.WriteString("name"u8, server.Name);
                json.WriteString("transport"u8, server.Transport);
                json.WriteBoolean("required"u8, server.Required);
                json.WriteString("state"u8, server.State.Word);
                json.WriteString("since"u8, Utc(server.State.Since));
                Optional(json, "reason"u8, server.State.Reason);
                Optional(json, "hint"u8, server.State.Hint);
                Optional(json, "code"u8, server.State.LastError?.Definition.Code);
                Optional(json, "nextRetry"u8, server.State.NextRetry is { } retry ? Utc(retry) : null);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Optional(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static string Utc(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static async Task Write(HttpContext context, int status, string type, byte[] body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
