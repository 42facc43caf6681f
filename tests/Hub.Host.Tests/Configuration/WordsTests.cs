using McpHub.Actors.Configuration;
using McpHub.Host.Configuration;

namespace McpHub.Host.Tests.Configuration;

public class WordsTests
{
    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("0s", 0)]
    [InlineData("60s", 60_000)]
    [InlineData("5m", 300_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("2d", 172_800_000)]
    public void A_duration_is_a_number_and_its_unit(string text, double milliseconds)
    {
        Assert.True(Durations.TryParse(text, out var duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("60")]
    [InlineData("s")]
    [InlineData("60 s")]
    [InlineData("60s ")]
    [InlineData("60s\n")]
    [InlineData("-1s")]
    [InlineData("1.5s")]
    [InlineData("60S")]
    [InlineData("٦s")]
    [InlineData("99999999999d")]
    [InlineData("9999999999999999999999s")]
    public void Anything_else_is_not(string text) => Assert.False(Durations.TryParse(text, out _));

    [Theory]
    [InlineData("http://127.0.0.1:4747", "http://127.0.0.1:4747/")]
    [InlineData("http://127.0.0.1:0/", "http://127.0.0.1:0/")]
    [InlineData("http://localhost:8080", "http://localhost:8080/")]
    [InlineData("http://LOCALHOST:0", "http://127.0.0.1:0/")]
    [InlineData("http://[::1]:8080", "http://[::1]:8080/")]
    public void The_hub_listens_on_loopback(string text, string expected) => Assert.Equal(expected, ListenAddress.Parse(text, "x").Address?.AbsoluteUri);

    [Theory]
    [InlineData("http://0.0.0.0:4747")]
    [InlineData("http://[::]:4747")]
    [InlineData("http://*:4747")]
    [InlineData("http://+:4747")]
    [InlineData("http://192.168.0.1:4747")]
    [InlineData("http://example.com")]
    [InlineData("http://localhost.example.com:4747")]
    [InlineData("http://127.0.0.1@example.com:4747")]
    [InlineData("http://user@127.0.0.1:4747")]
    [InlineData("https://127.0.0.1:4747")]
    [InlineData("http://127.0.0.1:4747/mcp")]
    [InlineData("http://127.0.0.1:4747?x")]
    [InlineData("http://127.0.0.1:4747;http://0.0.0.0:4748")]
    [InlineData("http://127.0.0.1:99999")]
    [InlineData("127.0.0.1:4747")]
    [InlineData("4747")]
    [InlineData("")]
    public void And_nowhere_else(string text)
    {
        var (address, error) = ListenAddress.Parse(text, "--urls");
        Assert.Null(address);
        Assert.Equal("HUB1015", error?.Definition.Code);
    }

    [Theory]
    [InlineData("arg", "args")]
    [InlineData("Command", "command")]
    [InlineData("httpUrl", "url")]
    [InlineData("header", "headers")]
    [InlineData("gallery", null)]
    [InlineData("trust", null)]
    [InlineData("timeout", null)]
    [InlineData("", null)]
    public void A_typing_error_is_told_from_another_word(string written, string? meant) =>
        Assert.Equal(meant, Suggestion.For(written, ["type", "command", "args", "env", "cwd", "url", "headers", "disabled"]));
}
