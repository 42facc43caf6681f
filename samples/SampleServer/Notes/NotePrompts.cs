using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using ModelContextProtocol.Server;

namespace McpHub.SampleServer.Notes;

[McpServerPromptType]
internal sealed class NotePrompts(Notebook notebook)
{
    [McpServerPrompt(Name = "summarize_notes", Title = "Summarize the notes")]
    [Description("Asks for a summary of all notes in the chosen style.")]
    public string SummarizeNotes([Description("How the summary should read."), AllowedValues("one sentence", "bullets", "letter")] string style)
        => $"Summarize these notes as {style}:\n\n" + string.Join('\n', notebook.Search("").Select(note => $"- {note.Title}: {note.Text}"));
}
