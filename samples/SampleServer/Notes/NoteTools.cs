using System.ComponentModel;
using ModelContextProtocol;
using ModelContextProtocol.Server;

namespace McpHub.SampleServer.Notes;

[McpServerToolType]
internal sealed class NoteTools(Notebook notebook)
{
    [McpServerTool(Name = "list_notes", Title = "List notes", ReadOnly = true, OpenWorld = false)]
    [Description("Lists the number and title of every note.")]
    public string ListNotes() => string.Join('\n', notebook.Search("").Select(note => $"{note.Id}. {note.Title}"));

    [McpServerTool(Name = "add_note", Title = "Add a note", Destructive = false, Idempotent = false, OpenWorld = false, UseStructuredContent = true)]
    [Description("Writes a new note and gives it back with its number.")]
    public Note AddNote(
        [Description("A few words that name the note.")] string title,
        [Description("What the note says.")] string text)
        => notebook.Add(title, text);

    [McpServerTool(Name = "search_notes", Title = "Search notes", ReadOnly = true, OpenWorld = false)]
    [Description("Finds the notes whose title or text contains the given words, upper and lower case alike.")]
    public string SearchNotes([Description("The words to look for.")] string words)
    {
        var found = notebook.Search(words);
        return found.Count == 0 ? $"No note contains \"{words}\"." : string.Join('\n', found.Select(note => $"{note.Id}. {note.Title}: {note.Text}"));
    }

    [McpServerTool(Name = "import_notes", Title = "Import notes", Destructive = false, Idempotent = false, OpenWorld = false)]
    [Description("Imports a number of example notes, one after the other, and reports progress after each.")]
    public async Task<string> ImportNotes(
        [Description("How many notes, 1 to 100.")] int count,
        IProgress<ProgressNotificationValue> progress,
        CancellationToken cancellationToken,
        [Description("Milliseconds of work for each note, 0 to 10000.")] int delayMs = 20)
    {
        if (count is < 1 or > 100 || delayMs is < 0 or > 10_000)
        {
            throw new McpException("count must be 1 to 100 and delayMs 0 to 10000.");
        }

        for (var done = 1; done <= count; done++)
        {
            await Task.Delay(delayMs, cancellationToken);
            var note = notebook.Add($"Imported {done}", $"Example note {done} of {count}.");
            progress.Report(new() { Progress = done, Total = count, Message = $"imported note {note.Id}" });
        }

        return $"Imported {count} notes.";
    }
}
