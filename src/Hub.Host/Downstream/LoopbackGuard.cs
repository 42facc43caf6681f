using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace McpHub.Host.Downstream;

/// <summary>
/// Refuses what a web page can make a browser send (DNS rebinding; 2026-07-28, streamable-http, Security &amp; Endpoint 1; contract 5 ).
/// Runs before everything else, for every method and path. An allow-list: whatever is not written exactly like one of the hub's own names is foreign.
/// </summary>
internal sealed class LoopbackGuard
{
    private string[] _hosts = [];
    private string[] _origins = [];

    /// <summary>The port that clients use. Until it is set, everything is refused.</summary>
    public void Serve(int port)
    {
        var suffix = ":" + port.ToString(CultureInfo.InvariantCulture);
        string[] names = ["127.0.0.1", "localhost", "[::1]"];

        // Another port is another origin (RFC 6454, section 4): a page that some other program serves on this machine is as foreign as any.
        _origins = [.. names.Select(name => "http://" + name + (port == 80 ? "" : suffix))];
        _hosts = port == 80 ? [.. names.Select(name => name + suffix), .. names] : [.. names.Select(name => name + suffix)];
    }

    /// <summary>Exactly one Host header, and one of ours.</summary>
    public bool IsOwnHost(StringValues host) => host.Count == 1 && Has(_hosts, host[0], StringComparison.OrdinalIgnoreCase);

    /// <summary>No Origin header (a program, not a page), or exactly one, and ours. <c>null</c> is foreign.</summary>
    public bool IsOwnOrigin(StringValues origin) => origin.Count == 0 || (origin.Count == 1 && Has(_origins, origin[0], StringComparison.Ordinal));

    private static bool Has(string[] allowed, string? value, StringComparison comparison)
    {
        foreach (var one in allowed)
        {
            if (string.Equals(one, value, comparison))
            {
                return true;
            }
        }

        return false;
    }
}
