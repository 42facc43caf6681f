using System.Buffers;

namespace McpHub.Load;

internal static class FixedHttp
{
    public static async Task RunAsync(string url, bool modern)
    {
        var answers = new FixedAnswers(modern);
        await using var app = Bare(url);
        app.Run(context => AnswerAsync(context, answers, modern));
        await app.RunAsync();
    }

    /// <summary>Kestrel without anything around it.</summary>
    public static WebApplication Bare(string url, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(url);
        configure?.Invoke(builder);
        return builder.Build();
    }

    private static async Task AnswerAsync(HttpContext context, FixedAnswers answers, bool modern)
    {
        var (request, response) = (context.Request, context.Response);
        if (!HttpMethods.IsPost(request.Method))
        {
            response.StatusCode = HttpMethods.IsDelete(request.Method) ? StatusCodes.Status200OK : StatusCodes.Status405MethodNotAllowed;
            return;
        }

        var read = await request.BodyReader.ReadAsync();
        while (!read.IsCompleted)
        {
            request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            read = await request.BodyReader.ReadAsync();
        }

        var message = read.Buffer.IsSingleSegment ? read.Buffer.First : read.Buffer.ToArray();
        if (!answers.TryAnswer(message.Span, response.BodyWriter, length => Begin(context, modern, length)))
        {
            response.StatusCode = StatusCodes.Status202Accepted;
        }

        request.BodyReader.AdvanceTo(read.Buffer.End);
        await response.BodyWriter.FlushAsync();
    }

    private static void Begin(HttpContext context, bool modern, int length)
    {
        if (!modern && !context.Request.Headers.ContainsKey("Mcp-Session-Id"))
        {
            context.Response.Headers["Mcp-Session-Id"] = "fixed";
        }

        context.Response.ContentType = "application/json";
        context.Response.ContentLength = length;
    }
}
