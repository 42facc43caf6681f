namespace McpHub.SampleServer.Notes;

internal sealed record Note(int Id, string Title, string Text);

/// <summary>The notes, in memory: a restarted server begins with the first two again.</summary>
internal sealed class Notebook
{
    private readonly Lock _gate = new();
    private readonly List<Note> _notes =
    [
        new(1, "Welcome", "This notebook lives in a child process of the hub. Kill it: it comes back."),
        new(2, "Shopping", "Milk, bread, a birthday card."),
    ];

    public Note Add(string title, string text)
    {
        lock (_gate)
        {
            var note = new Note(_notes.Count + 1, title, text);
            _notes.Add(note);
            return note;
        }
    }

    public Note? Find(int id)
    {
        lock (_gate)
        {
            return _notes.Find(note => note.Id == id);
        }
    }

    public IReadOnlyList<Note> Search(string words)
    {
        lock (_gate)
        {
            return _notes.FindAll(note => note.Title.Contains(words, StringComparison.OrdinalIgnoreCase) || note.Text.Contains(words, StringComparison.OrdinalIgnoreCase));
        }
    }
}
