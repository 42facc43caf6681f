using System.Text.Json;
using McpHub.TestSupport;
using Microsoft.Extensions.AI;
using AIText = Microsoft.Extensions.AI.TextContent;

namespace McpHub.Extensions.AI.Tests;

/// <summary>What a chat client gets of a tool's result, as a server sent it.</summary>
public sealed class ResultTests : IAsyncLifetime, IAsyncDisposable
{
    private readonly ClientSessionGroup _group = new();
    private AIFunction _raw = null!;

    public async Task InitializeAsync()
    {
        await _group.ConnectToServerAsync(TestPeer.Server("mcp"));
        _raw = _group.AsAIFunctions().Single(function => function.Name == "raw");
    }

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public ValueTask DisposeAsync() => _group.DisposeAsync();

    [Fact]
    public async Task Text_is_text()
    {
        var text = Assert.IsType<AIText>(await ResultAsync("""{"content":[{"type":"text","text":"fine"}]}"""));

        Assert.Equal("fine", text.Text);
        Assert.Equal("fine", Assert.IsType<TextContent>(text.RawRepresentation).Text);
    }

    [Fact]
    public async Task Nothing_is_null() => Assert.Null(await ResultAsync("""{"content":[]}"""));

    [Fact]
    public async Task Images_sounds_and_embedded_resources_are_data()
    {
        var content = Assert.IsType<AIContent[]>(await ResultAsync("""
            {"content":[{"type":"image","data":"AQI=","mimeType":"image/png"},{"type":"audio","data":"Aw==","mimeType":"audio/wav"},
            {"type":"resource","resource":{"uri":"x://1","blob":"BA==","mimeType":"application/pdf"}},{"type":"resource","resource":{"uri":"x://2","text":"words"}}]}
            """));

        var data = content.OfType<DataContent>().Select(item => (item.MediaType, Convert.ToHexString(item.Data.Span)));
        Assert.Equal([("image/png", "0102"), ("audio/wav", "03"), ("application/pdf", "04")], data);
        Assert.Equal("words", Assert.IsType<AIText>(content[3]).Text);
    }

    [Theory]
    [InlineData("""{"type":"resource_link","uri":"notes://1","name":"one"}""")]
    [InlineData("""{"type":"image","data":"no base64!","mimeType":"image/png"}""")]
    [InlineData("""{"type":"image","data":"AQI=","mimeType":"no type"}""")]
    [InlineData("""{"type":"hologram","angle":3}""")]
    public async Task What_has_no_type_of_its_own_is_shown_as_it_came(string block)
    {
        var text = Assert.IsType<AIText>(await ResultAsync($$"""{"content":[{{block}}]}"""));

        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(block).RootElement, JsonDocument.Parse(text.Text).RootElement), text.Text);
    }

    [Theory]
    [InlineData("""{"content":[{"type":"text","text":"{\"a\":[1,2]}"}],"structuredContent":{"a":[1,2]}}""", """{"a":[1,2]}""")]
    [InlineData("""{"content":[],"structuredContent":{"a":1},"_meta":{"trace":"x"}}""", """{"a":1}""")]
    public async Task Structured_content_is_the_value_that_the_return_schema_describes(string result, string value) =>
        Assert.Equal(value, Assert.IsType<JsonElement>(await ResultAsync(result)).GetRawText());

    [Fact]
    public async Task An_image_beside_structured_content_is_not_lost()
    {
        var content = Assert.IsType<AIContent[]>(await ResultAsync("""{"content":[{"type":"image","data":"AQI=","mimeType":"image/png"}],"structuredContent":{"a":1}}"""));

        Assert.Equal("""{"a":1}""", Assert.IsType<AIText>(content[0]).Text);
        Assert.IsType<DataContent>(content[1]);
    }

    [Fact]
    public async Task A_failure_says_so_and_keeps_metadata_to_itself() => Assert.Equal(
        """{"content":[{"type":"text","text":"no such order"}],"isError":true}""",
        Assert.IsType<JsonElement>(await ResultAsync("""{"content":[{"type":"text","text":"no such order"}],"isError":true,"_meta":{"secret":1}}""")).GetRawText());

    private ValueTask<object?> ResultAsync(string result) => _raw.InvokeAsync(new() { ["result"] = result.ReplaceLineEndings("") });
}
