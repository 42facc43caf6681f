using McpHub.Actors.Configuration;
using McpHub.Host.Configuration;

namespace McpHub.Host.Tests.Configuration;

public class VariablesTests
{
    private static readonly Dictionary<string, string> Environment = new()
    {
        ["A"] = "1",
        ["EMPTY"] = "",
        ["NESTED"] = "${A}",
        ["ProgramFiles(x86)"] = "C:\\x86",
        ["HUB_INPUT_GIT_HUB_2"] = "i",
    };

    private static readonly Dictionary<string, string?> Inputs = new() { ["with"] = "d", ["without"] = null, ["Git.hub-2"] = "unused" };

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("", "")]
    [InlineData("$A costs 5$ or {A}", "$A costs 5$ or {A}")]
    [InlineData("$${A}$", "$1$")]
    [InlineData("${A}${A}-${env:A}", "11-1")]
    [InlineData("${EMPTY}", "")]
    [InlineData("${EMPTY:-x}", "x")]
    [InlineData("${NO:-}", "")]
    [InlineData("${NO:-https://a:-b/c}", "https://a:-b/c")]
    [InlineData("${env:NO:-x}", "x")]
    [InlineData("${NESTED}", "${A}")]
    [InlineData("${env:ProgramFiles(x86)}", "C:\\x86")]
    [InlineData("${input:with}", "d")]
    [InlineData("${input:Git.hub-2}", "i")]
    public void A_text_expands_in_one_pass(string text, string expected)
    {
        var report = new ConfigReport("f");
        Assert.Equal(expected, Expand(text, report));
        Assert.Empty(report.Diagnostics);
    }

    [Theory]
    [InlineData("${NO}", "HUB1007")]
    [InlineData("${env:NO}", "HUB1007")]
    [InlineData("${input:without}", "HUB1007")]
    [InlineData("${input:undeclared}", "HUB1007")]
    [InlineData("${userHome}", "HUB1007")]
    [InlineData("${A", "HUB1008")]
    [InlineData("${}", "HUB1008")]
    [InlineData("${A B}", "HUB1008")]
    [InlineData("${A:-${B}}", "HUB1008")]
    [InlineData("${command:x}", "HUB1012")]
    [InlineData("${file:/etc/passwd}", "HUB1012")]
    public void What_cannot_be_filled_in_is_an_error_and_never_a_literal(string text, string code)
    {
        var report = new ConfigReport("f");
        Assert.Null(Expand(text, report));
        Assert.Equal(code, Assert.Single(report.Diagnostics).Code);
    }

    [Fact]
    public void Every_variable_of_a_text_that_has_no_value_is_named()
    {
        var report = new ConfigReport("f");
        Expand("${ONE}${A}${TWO}", report);
        Assert.Equal(["ONE", "TWO"], report.Diagnostics.Select(diagnostic => diagnostic.Error.Message.Contains("ONE", StringComparison.Ordinal) ? "ONE" : "TWO"));
    }

    private static string? Expand(string text, ConfigReport report) =>
        new Variables(Environment.GetValueOrDefault, Inputs).Expand(new ConfigView(new ConfigNode(ConfigKind.String, new SourcePosition(1, 1)) { Text = text }, "x", report));
}
