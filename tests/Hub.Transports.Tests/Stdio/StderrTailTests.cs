using System.Text;
using McpHub.Transports.Stdio;

namespace McpHub.Transports.Tests.Stdio;

public class StderrTailTests
{
    [Fact(DisplayName = "1-9 the last 10 lines are shown, control characters stripped, an unfinished line included")]
    public void Last_lines()
    {
        var tail = Tail();
        for (var i = 1; i <= 20; i++)
        {
            tail.Append(Encoding.UTF8.GetBytes($"\u001b[31mline {i}\u001b[0m\r\n"));
        }

        tail.Append("half"u8);
        Assert.Equal([.. Enumerable.Range(12, 9).Select(i => $"line {i}"), "half"], tail.Last());
    }

    [Fact(DisplayName = "1-9 at most 200 lines and 64 KiB are kept")]
    public void Bounded()
    {
        var (many, large) = (Tail(), Tail());
        for (var i = 0; i < 1000; i++)
        {
            many.Append("x\n"u8);
            large.Append(Encoding.UTF8.GetBytes(new string('y', 1024) + "\n"));
        }

        Assert.Equal(StderrTail.MaxLines, many.Last(int.MaxValue).Count);
        Assert.Equal(64, large.Last(int.MaxValue).Count);
    }

    [Fact(DisplayName = "A line without end is cut")]
    public void Endless_line()
    {
        var tail = Tail();
        for (var i = 0; i < 100; i++)
        {
            tail.Append(Encoding.UTF8.GetBytes(new string('y', 1024)));
        }

        tail.Append("\nnext\n"u8);
        Assert.Equal([new string('y', StderrTail.MaxLineBytes), "next"], tail.Last());
    }

    [Fact(DisplayName = "1-9 secrets among the configured variables are masked")]
    public void Secrets_are_masked()
    {
        var tail = Tail(("GITHUB_TOKEN", "ghp_12345678"), ("MODE", "production"));
        tail.Append("login with ghp_12345678 failed in production\n"u8);
        Assert.Equal(["login with *** failed in production"], tail.Last());
    }

    private static StderrTail Tail(params (string Name, string? Value)[] configured) => new(configured.ToDictionary(entry => entry.Name, entry => entry.Value));
}
