using McpHub.Host.Downstream;
using Microsoft.Extensions.Primitives;

namespace McpHub.Host.Tests.Downstream;

public sealed class LoopbackGuardTests
{
    [Theory]
    [InlineData("localhost:3000", true)]
    [InlineData("LOCALHOST:3000", true)]
    [InlineData("127.0.0.1:3000", true)]
    [InlineData("[::1]:3000", true)]
    [InlineData("localhost", false)]
    [InlineData("localhost:3001", false)]
    [InlineData("localhost:03000", false)]
    [InlineData("localhost.:3000", false)]
    [InlineData("127.0.0.1.evil.com:3000", false)]
    [InlineData("127.1:3000", false)]
    [InlineData("2130706433:3000", false)]
    [InlineData("0x7f.0.0.1:3000", false)]
    [InlineData("127.0.0.2:3000", false)]
    [InlineData("0.0.0.0:3000", false)]
    [InlineData("::1:3000", false)]
    [InlineData("[::]:3000", false)]
    [InlineData("[0:0:0:0:0:0:0:1]:3000", false)]
    [InlineData("[::ffff:127.0.0.1]:3000", false)]
    [InlineData("[::1%25lo]:3000", false)]
    [InlineData("user@localhost:3000", false)]
    [InlineData("localhost:3000@evil.com", false)]
    [InlineData("localhost:3000 ", false)]
    [InlineData("evil.com", false)]
    [InlineData("", false)]
    public void Only_the_hubs_own_names_pass(string host, bool passes)
    {
        var guard = new LoopbackGuard();
        guard.Serve(3000);

        Assert.Equal(passes, guard.IsOwnHost(host));
    }

    [Fact]
    public void An_absent_and_a_repeated_host_are_refused()
    {
        var guard = new LoopbackGuard();
        guard.Serve(3000);

        Assert.False(guard.IsOwnHost(StringValues.Empty));
        Assert.False(guard.IsOwnHost(new StringValues(["localhost:3000", "localhost:3000"])));
    }

    [Fact]
    public void Port_80_needs_no_number()
    {
        var guard = new LoopbackGuard();
        guard.Serve(80);

        Assert.True(guard.IsOwnHost("localhost"));
        Assert.True(guard.IsOwnHost("localhost:80"));
        Assert.True(guard.IsOwnOrigin("http://localhost"));
    }

    [Theory]
    [InlineData("http://localhost:3000", true)]
    [InlineData("http://127.0.0.1:3000", true)]
    [InlineData("http://[::1]:3000", true)]
    [InlineData("https://localhost:3000", false)]
    [InlineData("http://localhost:6274", false)]
    [InlineData("http://localhost", false)]
    [InlineData("http://localhost:3000/", false)]
    [InlineData("http://localhost.evil:3000", false)]
    [InlineData("http://evil.com", false)]
    [InlineData("null", false)]
    [InlineData("", false)]
    [InlineData("file://", false)]
    public void Only_the_hubs_own_origin_passes(string origin, bool passes)
    {
        var guard = new LoopbackGuard();
        guard.Serve(3000);

        Assert.Equal(passes, guard.IsOwnOrigin(origin));
    }

    [Fact]
    public void No_origin_passes_and_two_do_not()
    {
        var guard = new LoopbackGuard();
        guard.Serve(3000);

        Assert.True(guard.IsOwnOrigin(StringValues.Empty));
        Assert.False(guard.IsOwnOrigin(new StringValues(["http://localhost:3000", "http://localhost:3000"])));
    }

    [Fact]
    public void Before_the_port_is_known_nothing_passes()
    {
        var guard = new LoopbackGuard();

        Assert.False(guard.IsOwnHost("localhost:0"));
        Assert.False(guard.IsOwnHost(""));
    }
}
