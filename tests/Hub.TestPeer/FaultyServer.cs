using System.Diagnostics;
using System.Text;
using System.Text.Json;
using McpHub.Faults;

namespace McpHub.TestPeer;

/// <summary>
/// The server of <see cref="FaultyAnswers"/> over standard input and output. LOG ERA: the number of each call that it runs is in the file LOG before anything else happens.
/// Faults of its own: hang (no answer), late (after 1.5 s), freeze (reads nothing for 1.5 s, then answers), reset (dies at once), half (dies within the answer).
/// </summary>
internal sealed class FaultyServer(Stream stdin, Stream stdout, string log, string era)
{
    public static readonly TimeSpan Late = TimeSpan.FromMilliseconds(1500);

    private readonly bool _modern = era == "modern";
    private readonly Lock _lock = new();

    public int Run()
    {
        using var ran = new FileStream(log, new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite, BufferSize = 0 });
        using var reader = new StreamReader(stdin, new UTF8Encoding(false));
        while (reader.ReadLine() is { } line)
        {
            using var message = JsonDocument.Parse(line);
            if (!message.RootElement.TryGetProperty("id", out var idToken) || !message.RootElement.TryGetProperty("method", out var method))
            {
                continue;
            }

            var id = idToken.GetRawText();
            if (FaultyAnswers.CallOf(message.RootElement) is not var (number, fault))
            {
                Write(Encoding.UTF8.GetBytes(FaultyAnswers.Introduction(method.GetString()!, id, _modern) + "\n"));
                continue;
            }

            ran.Write(Encoding.UTF8.GetBytes($"{number}\n"));
            Answer(fault, id, number);
        }

        return 0;
    }

    private void Answer(string fault, string id, int number)
    {
        var lines = FaultyAnswers.Messages(fault, id, number, _modern).SelectMany(message => message.Append((byte)'\n')).ToArray();
        switch (fault)
        {
            case "hang":
                break;

            case "late":
                _ = Task.Delay(Late).ContinueWith(_ => Write(lines), TaskScheduler.Default);
                break;

            case "freeze":
                Thread.Sleep(Late);
                Write(lines);
                break;

            case "reset":
                Die();
                break;

            case "half":
                Write(lines[..(lines.Length / 2)]);
                Die();
                break;

            default:
                Write(lines);
                break;
        }
    }

    // As kill -9 does: nothing is flushed or said.
    private static void Die()
    {
        using var self = Process.GetCurrentProcess();
        self.Kill();
        Thread.Sleep(Timeout.Infinite);
    }

    private void Write(byte[] bytes)
    {
        lock (_lock)
        {
            stdout.Write(bytes);
            stdout.Flush();
        }
    }
}
