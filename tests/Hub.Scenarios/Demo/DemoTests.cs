using System.Diagnostics;
using System.Text.RegularExpressions;
using McpHub.Host.Cli;
using McpHub.Host.Demo;

namespace McpHub.Scenarios.Demo;

public partial class DemoTests
{
    [Fact]
    public async Task Demo_once_shows_every_step_ends_with_0_and_leaves_no_process()
    {
        var output = new StringWriter();
        var code = await DemoCommand.RunAsync(once: true, null, new CliConsole(output, TextWriter.Null, IsTerminal: false), CancellationToken.None);

        var text = output.ToString();
        Assert.True(code == 0, text);
        Assert.Contains("modern 2026-07-28", text, StringComparison.Ordinal);
        Assert.Contains("legacy 2025-11-25", text, StringComparison.Ordinal);
        Assert.Contains("Margaret", text, StringComparison.Ordinal);
        Assert.Contains("2007", text, StringComparison.Ordinal);
        var pids = Pid().Matches(text).Select(match => int.Parse(match.Groups[1].Value)).Distinct().ToArray();
        Assert.Equal(2, pids.Length);
        Assert.All(pids, pid => Assert.Throws<ArgumentException>(() => Process.GetProcessById(pid)));
    }

    [Fact]
    public async Task Ctrl_C_after_the_last_step_ends_the_demo_with_0()
    {
        using var ctrlC = new CancellationTokenSource();
        var output = new SignallingWriter("Serving ", ctrlC);
        var code = await DemoCommand.RunAsync(once: false, new Uri("http://127.0.0.1:0"), new CliConsole(output, TextWriter.Null, IsTerminal: false), ctrlC.Token).WaitAsync(TimeSpan.FromSeconds(120));
        Assert.True(code == 0, output.ToString());
    }

    [Fact]
    public async Task A_port_that_is_taken_fails_the_step_that_needed_it()
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var output = new StringWriter();
        var code = await DemoCommand.RunAsync(once: true, new Uri($"http://{taken.LocalEndpoint}"), new CliConsole(output, TextWriter.Null, IsTerminal: false), CancellationToken.None);
        Assert.Equal(1, code);
        Assert.Contains("the demo failed at: start", output.ToString(), StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\(pid ([0-9]+)\)")]
    private static partial Regex Pid();

    /// <summary>Cancels once a text was written.</summary>
    private sealed class SignallingWriter(string text, CancellationTokenSource signal) : StringWriter
    {
        public override void Write(string? value)
        {
            base.Write(value);
            if (value?.Contains(text, StringComparison.Ordinal) == true)
            {
                signal.Cancel();
            }
        }
    }
}
