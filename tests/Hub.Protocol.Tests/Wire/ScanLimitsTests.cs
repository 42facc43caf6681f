using System.Diagnostics;
using System.Text;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;

namespace McpHub.Protocol.Tests.Wire;

/// <summary>Each limit passes at its value and refuses one more.</summary>
public sealed class ScanLimitsTests
{
    private static string Call(string parameters) => $$"""{"jsonrpc":"2.0","id":1,"method":"m","params":{{parameters}}}""";

    private static void PassesAt(ScanLimits limits, int code, Func<int, string> frame, int limit, string id = "1")
    {
        Scan.Accepted(frame(limit), limits);
        var error = Scan.Refused(frame(limit + 1), limits);
        Assert.Equal(code, error.Code);
        Assert.Equal(id, Encoding.UTF8.GetString(error.Id.Span));
    }

    [Theory]
    [InlineData(true, 4 * 1024 * 1024)]
    [InlineData(false, 16 * 1024 * 1024)]
    public void Size(bool client, int limit)
    {
        var frame = Call("{\"x\":[\"\"]}");
        PassesAt(client ? ScanLimits.FromClient : ScanLimits.FromServer, RpcErrorCodes.InvalidRequest, size => frame.Insert(frame.Length - 4, new string('a', size - frame.Length)), limit, "");
    }

    [Fact]
    public void Depth_counts_the_envelope()
    {
        PassesAt(ScanLimits.FromClient, RpcErrorCodes.InvalidRequest, depth => Call($"{{\"x\":{new string('[', depth - 2)}{new string(']', depth - 2)}}}"), 64);
        PassesAt(ScanLimits.FromServer, RpcErrorCodes.InvalidRequest,
            depth => $"{{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{string.Concat(Enumerable.Repeat("{\"a\":", depth - 2))}{{}}{new string('}', depth - 1)}", 64);
        PassesAt(ScanLimits.FromServer with { MaxDepth = 200 }, RpcErrorCodes.InvalidRequest, depth => Call($"{{\"x\":{new string('[', depth - 2)}{new string(']', depth - 2)}}}"), 200);
    }

    [Fact]
    public void A_million_brackets_are_refused_at_once()
    {
        Assert.Equal(RpcErrorCodes.InvalidRequest, Scan.Refused("{\"x\":" + new string('[', 1_000_000)).Code);
        Assert.Equal(RpcErrorCodes.InvalidRequest, Scan.Refused(string.Concat(Enumerable.Repeat("{\"a\":", 200_000))).Code);
    }

    [Fact]
    public void Tokens()
    {
        // Braces of message and params, brackets, five names, three values.
        PassesAt(ScanLimits.FromClient, RpcErrorCodes.InvalidRequest, tokens => Call($"{{\"x\":[{string.Join(',', Enumerable.Repeat("1", tokens - 14))}]}}"), 500_000);
    }

    [Theory]
    [InlineData("{\"x\":", "}")]
    [InlineData("{\"arguments\":", "}")]
    [InlineData("", "")]
    [InlineData("{\"x\":[{},", ",{}]}")]
    public void Members_of_one_object(string before, string after) =>
        PassesAt(ScanLimits.FromClient, RpcErrorCodes.InvalidRequest, count => Call(before + Members(count) + after), 10_000);

    [Fact]
    public void Members_are_counted_per_object_and_not_in_all() =>
        Scan.Accepted(Call($"{{\"x\":[{Members(9_000)},{Members(9_000)}],\"y\":{Members(9_000)}}}"), ScanLimits.FromClient);

    [Fact]
    public void Id()
    {
        PassesAt(ScanLimits.FromClient, RpcErrorCodes.InvalidRequest, size => $$"""{"jsonrpc":"2.0","id":"{{new string('a', size - 2)}}","method":"m"}""", 256, "");
        PassesAt(ScanLimits.FromServer, RpcErrorCodes.InvalidRequest, size => $$$"""{"jsonrpc":"2.0","id":{{{new string('1', size)}}},"result":{}}""", 256, "");
    }

    [Fact]
    public void Meta_of_a_client()
    {
        PassesAt(ScanLimits.FromClient, RpcErrorCodes.InvalidParams, size => Call($$$"""{"_meta":{"x":"{{{new string('a', size - 8)}}}"}}"""), 16 * 1024);
        PassesAt(ScanLimits.FromClient, RpcErrorCodes.InvalidParams, depth => Call("{\"_meta\":{\"x\":" + new string('[', depth - 1) + new string(']', depth - 1) + "}}"), 8);
        Scan.Accepted(Call($$$"""{"_meta":{"x":"{{{new string('a', 20_000)}}}","y":[[[[[[[[[[]]]]]]]]]]}}"""), ScanLimits.FromServer);
        Scan.Accepted(Call("""{"x":[[[[[[[[[[]]]]]]]]]],"_meta":{}}"""), ScanLimits.FromClient);
    }

    [Fact]
    public void Strings_in_a_clients_arguments()
    {
        PassesAt(ScanLimits.FromClient, RpcErrorCodes.InvalidRequest, size => Call($$$"""{"arguments":{"x":[{"y":"{{{new string('a', size)}}}"}]}}"""), 2 * 1024 * 1024);
        PassesAt(ScanLimits.FromClient, RpcErrorCodes.InvalidRequest, size => Call($$$"""{"arguments":{"{{{new string('a', size)}}}":1}}"""), 2 * 1024 * 1024);
        Scan.Accepted(Call($$$"""{"x":"{{{new string('a', 3_000_000)}}}"}"""), ScanLimits.FromClient);
        Scan.Accepted(Call($$$"""{"arguments":{"x":"{{{new string('a', 3_000_000)}}}"}}"""), ScanLimits.FromServer);
    }

    [Theory]
    [InlineData("{", "")]
    [InlineData("{\"arguments\":{", "}")]
    [InlineData("{\"_meta\":{", "}")]
    public void A_duplicate_among_thousands_of_members_is_found(string before, string after)
    {
        var names = Enumerable.Range(0, 3_000).Select(i => $"\"n{i}\":0").ToList();
        Scan.Accepted(Call(before + string.Join(',', names) + after + "}"));
        names.Insert(2_500, "\"\\u006e7\":0");
        var frame = Call(before + string.Join(',', names) + after + "}");
        Assert.EndsWith($" at byte {frame.IndexOf("\\u006e7", StringComparison.Ordinal)}", Scan.Refused(frame).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_members_do_not_cost_a_comparison_of_each_with_each()
    {
        // 30 times as many members as one object may have: with each compared to each this takes minutes.
        var limits = ScanLimits.FromServer with { MaxMembers = 300_000, MaxTokens = 10_000_000 };
        var frame = Encoding.UTF8.GetBytes(Call(Members(300_000)));
        var watch = Stopwatch.StartNew();
        Scan.Accepted(frame, limits);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    private static string Members(int count) => "{" + string.Join(',', Enumerable.Range(0, count).Select(i => $"\"{i:d6}\":0")) + "}";
}
