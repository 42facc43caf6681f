using System.Text.Json;

namespace McpHub.Host.Tests.Deployment;

/// <summary>A Dockerfile by its stages; enough of the format for the one in this repository.</summary>
internal sealed record DockerFile(IReadOnlyDictionary<string, DockerStage> Stages)
{
    public static DockerFile Read(string path)
    {
        var stages = new Dictionary<string, DockerStage>(StringComparer.Ordinal);
        var lines = new List<string>();
        foreach (var line in File.ReadLines(path).Where(line => line.Length > 0 && line[0] != '#'))
        {
            if (line.StartsWith("FROM ", StringComparison.Ordinal))
            {
                var words = line.Split(' ');
                Assert.Equal(("AS", 4), (words[2], words.Length));
                Assert.StartsWith("mcr.microsoft.com/dotnet/", words[1], StringComparison.Ordinal);
                stages.Add(words[3], new DockerStage(lines = []));
                continue;
            }

            lines.Add(line);
        }

        return new DockerFile(stages);
    }
}

internal sealed record DockerStage(IReadOnlyList<string> Lines)
{
    /// <summary>The JSON array of the one instruction of this name.</summary>
    public string[] Json(string instruction)
    {
        var line = Lines.Single(line => line.StartsWith(instruction + " ", StringComparison.Ordinal));
        return JsonSerializer.Deserialize<string[]>(line[line.IndexOf('[', StringComparison.Ordinal)..])!;
    }
}
