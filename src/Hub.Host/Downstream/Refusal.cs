using McpHub.Protocol.Errors;
using McpHub.Protocol.Wire;

namespace McpHub.Host.Downstream;

/// <summary>A JSON-RPC error without id for a request that is not read (2026-07-28, streamable-http, Security &amp; Endpoint 1).</summary>
internal static class Refusal
{
    public static Task WriteAsync(HttpContext context, int status, HubError error)
    {
        var body = FrameWriter.Error(default, error.ToErrorObject());
        context.Response.StatusCode = status;
        context.Response.ContentType = MediaTypes.Json;
        context.Response.ContentLength = body.Length;
        context.Response.Headers["X-Request-Id"] = context.TraceIdentifier;
        return context.Response.Body.WriteAsync(body).AsTask();
    }
}
