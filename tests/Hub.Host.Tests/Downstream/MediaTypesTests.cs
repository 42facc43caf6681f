using McpHub.Host.Downstream;
using Microsoft.Extensions.Primitives;

namespace McpHub.Host.Tests.Downstream;

public sealed class MediaTypesTests
{
    [Theory]
    [InlineData("application/json", true)]
    [InlineData("Application/JSON", true)]
    [InlineData("application/json; charset=utf-8", true)]
    [InlineData("application/json;charset=\"UTF-8\"", true)]
    [InlineData("application/json; charset=utf-16", false)]
    [InlineData("application/jsonl", false)]
    [InlineData("application/problem+json", false)]
    [InlineData("text/plain", false)]
    [InlineData("application/x-www-form-urlencoded", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void A_body_is_json_in_utf8(string? contentType, bool accepted) => Assert.Equal(accepted, MediaTypes.IsJson(contentType));

    [Theory]
    [InlineData("application/json, text/event-stream", true)]
    [InlineData("text/event-stream,application/json", true)]
    [InlineData("application/json;q=0.9, text/event-stream;q=0.1", true)]
    [InlineData("*/*", true)]
    [InlineData("application/*, text/*", true)]
    [InlineData("application/json", false)]
    [InlineData("text/event-stream", false)]
    [InlineData("application/json, text/event-stream;q=0", false)]
    [InlineData("application/json, text/event-stream; q=0.000", false)]
    [InlineData("text/html", false)]
    [InlineData("", false)]
    public void A_post_needs_both_forms(string accept, bool accepted) => Assert.Equal(accepted, MediaTypes.AcceptsBoth(accept));

    [Fact]
    public void Header_lines_add_up_and_no_header_means_anything()
    {
        Assert.True(MediaTypes.AcceptsBoth(new StringValues(["application/json", "text/event-stream"])));
        Assert.True(MediaTypes.AcceptsBoth(StringValues.Empty));
    }
}
