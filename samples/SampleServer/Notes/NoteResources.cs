using System.ComponentModel;
using ModelContextProtocol;
using ModelContextProtocol.Server;

namespace McpHub.SampleServer.Notes;

[McpServerResourceType]
internal sealed class NoteResources(Notebook notebook)
{
    [McpServerResource(UriTemplate = "note://1", Name = "first_note", Title = "The first note", MimeType = "text/plain")]
    [Description("The note every new notebook begins with.")]
    public string First() => ById(1);

    [McpServerResource(UriTemplate = "note://{id}", Name = "note", Title = "A note", MimeType = "text/plain")]
    [Description("One note by its number.")]
    public string ById(int id) => notebook.Find(id)?.Text ?? throw new McpProtocolException($"There is no note {id}.", McpErrorCode.ResourceNotFound);
}
