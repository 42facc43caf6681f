using System.Net;
using System.Text;
using McpHub.Actors.Sessions;
using McpHub.Host.Downstream;

namespace McpHub.Host.Tests.Downstream;

public sealed class LegacySessionsTests
{
    private static readonly IPAddress _foreign = IPAddress.Parse("192.0.2.7");

    [Fact]
    public void A_foreign_address_holds_twenty_sessions_and_not_one_more()
    {
        var sessions = new LegacySessions(new DownstreamLimits(), new LogInterest());
        var first = default(LegacySession);
        for (var i = 0; i < 20; i++)
        {
            Assert.Null(sessions.TryOpen(_foreign, "2025-11-25", out var session));
            first ??= session;
        }

        Assert.Equal("HUB6116", sessions.TryOpen(_foreign, "2025-11-25", out _)?.Definition.Code);
        Assert.Null(sessions.TryOpen(IPAddress.Parse("192.0.2.8"), "2025-11-25", out _));

        sessions.End(first!);
        Assert.Null(sessions.TryOpen(_foreign, "2025-11-25", out _));
    }

    [Fact]
    public void Loopback_is_exempt_from_the_limit_of_an_address_but_not_from_the_whole()
    {
        var sessions = new LegacySessions(new DownstreamLimits { Sessions = 30 }, new LogInterest());
        for (var i = 0; i < 30; i++)
        {
            Assert.Null(sessions.TryOpen(i % 2 == 0 ? IPAddress.Loopback : IPAddress.IPv6Loopback, "2025-11-25", out _));
        }

        Assert.Equal("HUB6116", sessions.TryOpen(IPAddress.Loopback, "2025-11-25", out _)?.Definition.Code);
    }

    [Fact]
    public void Ids_are_128_random_bits_in_visible_ascii()
    {
        var sessions = new LegacySessions(new DownstreamLimits(), new LogInterest());
        var ids = Enumerable.Range(0, 100).Select(_ =>
        {
            Assert.Null(sessions.TryOpen(null, "2025-11-25", out var session));
            return session.Id;
        }).ToHashSet();

        Assert.Equal(100, ids.Count);
        Assert.All(ids, id => Assert.Matches("^[A-Za-z0-9_-]{22}$", id));
    }

    [Fact]
    public void An_ended_session_is_found_no_more_and_ends_once()
    {
        var sessions = new LegacySessions(new DownstreamLimits(), new LogInterest());
        Assert.Null(sessions.TryOpen(null, "2025-11-25", out var session));
        Assert.Same(session, sessions.Find(session.Id));

        Assert.True(sessions.End(session));

        Assert.True(session.Ended.IsCancellationRequested);
        Assert.Null(sessions.Find(session.Id));
        Assert.False(sessions.End(session));
        Assert.Equal(0, sessions.Count);
    }

    [Fact]
    public void A_call_past_the_limit_is_refused_and_a_place_given_back_is_free()
    {
        var session = new LegacySession("s", "2025-11-25", null, new LogInterest().OpenSession());
        Assert.Null(session.TryStart(Id(0), 128, out var first));
        for (var i = 1; i < 128; i++)
        {
            Assert.Null(session.TryStart(Id(i), 128, out _));
        }

        Assert.Equal("HUB6115", session.TryStart(Id(128), 128, out _)?.Definition.Code);
        first.Release();
        Assert.Null(session.TryStart(Id(128), 128, out _));
    }

    [Fact(DisplayName = "EN-05 a duplicate id is refused and the first stays")]
    public void Duplicate_id()
    {
        var session = new LegacySession("s", "2025-11-25", null, new LogInterest().OpenSession());
        Assert.Null(session.TryStart(Id(1), 2, out _));

        Assert.Equal("HUB6114", session.TryStart(Id(1), 2, out _)?.Definition.Code);
        Assert.Null(session.TryStart("\"1\""u8.ToArray(), 2, out _));
    }

    private static ReadOnlyMemory<byte> Id(int id) => Encoding.ASCII.GetBytes($"{id}");
}
