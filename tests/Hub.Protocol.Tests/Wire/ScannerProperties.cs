using System.Text;
using CsCheck;
using McpHub.Protocol.Wire;

namespace McpHub.Protocol.Tests.Wire;

public sealed class ScannerProperties
{
    // Small, so that generated messages reach them.
    private static readonly ScanLimits _small = new() { MaxDepth = 5, MaxMembers = 6, MaxTokens = 60, MaxIdBytes = 20, MaxMetaBytes = 60, MaxMetaDepth = 3 };

    private int _accepted;
    private int _refused;

    [Fact]
    public void Scanner_and_oracle_agree_on_generated_messages()
    {
        MessageGen.Message.Sample(message => Agree(Encoding.UTF8.GetBytes(message), ScanLimits.FromServer), iter: 10_000);
        Assert.True(_accepted > 2_000 && _refused > 2_000, $"accepted {_accepted}, refused {_refused}: the generator has become one-sided");
    }

    [Fact]
    public void Scanner_and_oracle_agree_on_small_limits()
    {
        MessageGen.Message.Sample(message => Agree(Encoding.UTF8.GetBytes(message), _small), iter: 5_000);
        Assert.True(_accepted > 500 && _refused > 500, $"accepted {_accepted}, refused {_refused}: the generator has become one-sided");
    }

    private void Agree(byte[] frame, ScanLimits limits)
    {
        Assert.Null(OracleComparison.Difference(frame, limits, out var accepted));
        Interlocked.Increment(ref accepted ? ref _accepted : ref _refused);
    }
}
