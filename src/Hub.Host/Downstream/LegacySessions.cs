using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Errors;

namespace McpHub.Host.Downstream;

/// <summary>All legacy sessions by id, and how many each foreign address holds. An asker over a limit is refused; nobody else's session is ended for it. Thread-safe.</summary>
internal sealed class LegacySessions(DownstreamLimits limits, LogInterest logs)
{
    private readonly ConcurrentDictionary<string, LegacySession> _sessions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _perAddress = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public HubError? TryOpen(IPAddress? address, string revision, out LegacySession session)
    {
        // 128 random bits, visible ASCII only (2025-11-25, transports, Session Management 1).
        Span<byte> random = stackalloc byte[16];
        RandomNumberGenerator.Fill(random);
        var counted = address is null || IPAddress.IsLoopback(address) ? null : address.ToString();
        session = null!;
        lock (_lock)
        {
            if (_count >= limits.Sessions)
            {
                return TooMany(limits.Sessions);
            }

            if (counted is not null)
            {
                var held = _perAddress.GetValueOrDefault(counted);
                if (held >= limits.SessionsPerAddress)
                {
                    return TooMany(limits.SessionsPerAddress);
                }

                _perAddress[counted] = held + 1;
            }

            _count++;
            session = new LegacySession(Base64Url.EncodeToString(random), revision, counted, logs.OpenSession());
            _sessions[session.Id] = session;
        }

        return null;
    }

    public LegacySession? Find(string id) => _sessions.GetValueOrDefault(id);

    /// <summary>Takes the session out and ends what runs for it; nothing happens the second time.</summary>
    public bool End(LegacySession session)
    {
        lock (_lock)
        {
            if (!_sessions.TryRemove(session.Id, out _))
            {
                return false;
            }

            _count--;
            if (session.Address is { } address && --_perAddress[address] == 0)
            {
                _perAddress.Remove(address);
            }
        }

        session.End();
        return true;
    }

    public IReadOnlyCollection<LegacySession> All() => [.. _sessions.Values];

    private static HubError TooMany(int limit) => HubErrors.TooManySessions.With(("count", limit)) with { RetryAfter = TimeSpan.FromSeconds(1) };
}
