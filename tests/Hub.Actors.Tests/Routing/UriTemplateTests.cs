using System.Diagnostics;
using McpHub.Actors.Routing;

namespace McpHub.Actors.Tests.Routing;

public sealed class UriTemplateTests
{
    // RFC 6570, sections 1.2 and 3.2: operators with the expansions that their examples give.
    [Theory]
    [InlineData("note://all", "note://all", true)]
    [InlineData("note://all", "note://all/", false)]
    [InlineData("note://{id}", "note://5", true)]
    [InlineData("note://{id}", "note://", false)]
    [InlineData("note://{id}", "note://5/6", false)]
    [InlineData("note://{id}", "note://a%20b:c", true)]
    [InlineData("note://{id}/text", "note://5/text", true)]
    [InlineData("note://{id}/text", "note://5/tex", false)]
    [InlineData("note://{x,y}", "note://1024,768", true)]
    [InlineData("{+path}/here", "/foo/bar/here", true)]
    [InlineData("file:///{+path}", "file:///a/b/c.txt", true)]
    [InlineData("file:///{+path}", "file:///", true)]
    [InlineData("x{#frag}", "x#a/b", true)]
    [InlineData("x{#frag}", "x", true)]
    [InlineData("x{.ext}", "x.tar", true)]
    [InlineData("x{/a,b}", "x/1/2", true)]
    [InlineData("x{/a,b}", "x/1/2/3", false)]
    [InlineData("x{/list*}", "x/1/2/3", true)]
    [InlineData("x{;a,b}", "x;a=1;b=2", true)]
    [InlineData("s{?q,lang}", "s?q=a&lang=b", true)]
    [InlineData("s{?q,lang}", "s", true)]
    [InlineData("s{?q,lang}", "s#f", false)]
    [InlineData("s?fixed=1{&x}", "s?fixed=1&x=2", true)]
    [InlineData("{var:3}", "val", true)]
    [InlineData("aXa{v}", "axa1", false)]
    public void Operators(string template, string uri, bool matches) => Assert.Equal(matches, UriTemplate.Parse(template)!.Matches(uri));

    [Theory]
    [InlineData("a{b")]
    [InlineData("a}b")]
    [InlineData("a{}")]
    [InlineData("a{+}")]
    [InlineData("a{b{c}}")]
    public void Malformed(string template) => Assert.Null(UriTemplate.Parse(template));

    [Fact]
    public void Of_templates_the_literal_characters_decide() =>
        Assert.True(UriTemplate.Parse("n://x/{id}")!.LiteralLength > UriTemplate.Parse("n://{any}/{id}")!.LiteralLength);

    [Fact]
    public void A_hostile_template_and_uri_cost_no_more_than_their_product()
    {
        var template = UriTemplate.Parse(string.Concat(Enumerable.Repeat("{+a}b", 300)))!;
        var watch = Stopwatch.StartNew();
        Assert.False(template.Matches(new string('b', UriTemplate.MaxUriLength - 1) + "c"));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"took {watch.Elapsed}");
    }

    [Fact]
    public void Uris_and_templates_past_their_limits_match_nothing()
    {
        var any = UriTemplate.Parse("{+a}")!;
        Assert.True(any.Matches(new string('x', UriTemplate.MaxUriLength)));
        Assert.False(any.Matches(new string('x', UriTemplate.MaxUriLength + 1)));
        Assert.NotNull(UriTemplate.Parse(new string('x', 1024)));
        Assert.Null(UriTemplate.Parse(new string('x', 1025)));
    }
}
