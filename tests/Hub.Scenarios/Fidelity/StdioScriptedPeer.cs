using McpHub.Actors.Embedding;
using McpHub.Actors.Servers;
using McpHub.TestSupport;

namespace McpHub.Scenarios.Fidelity;

/// <summary>The test peer as a child process, scripted by a file.</summary>
internal sealed class StdioScriptedPeer(string id, Era era) : ScriptedPeer(id, era)
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hub-peer-").FullName;

    public override bool HearsOnOneLine => true;

    public override bool SpeaksOnOneLine => true;

    public override ServerDefinition Definition =>
        EmbeddedServer.FromParameters(Id, TestPeer.Server("mcp", "--answers", AnswersFile, "--log", LogFile) with { Era = Era }, options: null);

    // Each line is in the file before it is answered.
    public override IReadOnlyList<string> Received => File.ReadAllText(LogFile).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private string AnswersFile => Path.Combine(_folder, "answers.txt");

    private string LogFile => Path.Combine(_folder, "received.txt");

    public override Task StartAsync() => File.WriteAllLinesAsync(AnswersFile, Answers.SelectMany(answer => answer.Value.Prepend("@" + answer.Key)));

    public override ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return default;
    }
}
