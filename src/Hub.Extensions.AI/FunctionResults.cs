using Microsoft.Extensions.AI;
using AIText = Microsoft.Extensions.AI.TextContent;

namespace McpHub.Extensions.AI;

/// <summary>From a tool's result to what a chat client hands to a model.</summary>
internal static class FunctionResults
{
    public static object? Of(CallToolResult result)
    {
        if (result.IsError)
        {
            // Without metadata, which is not for the model (2025-11-25, basic, "_meta").
            return ToolFunction.Element(new CallToolResult { Content = result.Content, StructuredContent = result.StructuredContent, IsError = true });
        }

        // The text beside structured content repeats it (2025-11-25, server/tools, "Structured Content"); images and the like do not.
        var isStructured = result.StructuredContent is not null;
        if (isStructured && result.Content.All(block => block is TextContent))
        {
            return ToolFunction.Element(result.StructuredContent!);
        }

        var content = result.Content.Select(Of).ToList();
        if (isStructured && !result.Content.Any(block => block is TextContent))
        {
            content.Insert(0, new AIText(result.StructuredContent!.ToString(Newtonsoft.Json.Formatting.None)));
        }

        return content.Count switch
        {
            0 => null,
            1 => content[0],
            _ => content.ToArray(),
        };
    }

    private static AIContent Of(ContentBlock block)
    {
        AIContent? content = block switch
        {
            TextContent text => new AIText(text.Text),
            ImageContent image => Data(image.Data, image.MimeType),
            AudioContent audio => Data(audio.Data, audio.MimeType),
            EmbeddedResource { Resource: TextResourceContents text } => new AIText(text.Text),
            EmbeddedResource { Resource: BlobResourceContents blob } => Data(blob.Blob, blob.MimeType ?? "application/octet-stream"),
            _ => null,
        };
        // A link is for the client to follow, not for the model service to fetch, so it is no UriContent.
        content ??= new AIText(ToolFunction.Element(block).GetRawText());
        content.RawRepresentation = block;
        return content;
    }

    // null: not what the server says it is; then the model sees it as it came.
    private static DataContent? Data(string base64, string mimeType)
    {
        try
        {
            return new DataContent(Convert.FromBase64String(base64), mimeType);
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            return null;
        }
    }
}
