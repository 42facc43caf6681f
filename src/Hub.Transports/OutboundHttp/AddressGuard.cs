using System.Net;
using System.Net.Sockets;
using McpHub.Protocol.Errors;
using McpHub.Transports.StreamableHttp;

namespace McpHub.Transports.OutboundHttp;

/// <summary>
/// Looks at the addresses of a host before it is connected to (contract 5, D-1). The name is resolved once, all its addresses must be allowed, and it is these that are connected
/// to: a name that answers differently the second time changes nothing.
/// </summary>
internal static class AddressGuard
{
    private static readonly IPNetwork[] _metadata = Networks("169.254.0.0/16", "fd00:ec2::254/128");

    // RFC 6890 and its successors: special-purpose addresses, which no server on the Internet has.
    private static readonly IPNetwork[] _special = Networks(
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
        "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "::/127", "64:ff9b:1::/48", "100::/64", "2001:db8::/32", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8");

    private static readonly IPNetwork _nat64 = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork _6to4 = IPNetwork.Parse("2002::/16");
    private static readonly IPNetwork _teredo = IPNetwork.Parse("2001::/32");

    /// <summary>The host's addresses, all of them allowed.</summary>
    /// <exception cref="HubException"><c>HUB2131</c>: one of them is not.</exception>
    public static async ValueTask<IPAddress[]> ResolveAsync(RemoteServerParameters server, string host, CancellationToken cancel)
    {
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancel).ConfigureAwait(false);
        if (Array.Exists(addresses, address => !IsAllowed(address, server.Addresses)))
        {
            // Not which address: whoever registered the URL is not to learn what the name means in here.
            throw HubException.From(HttpFailures.Make(server.Name, HubErrors.AddressNotAllowed, Delivery.NotSent, ("host", host)));
        }

        return addresses;
    }

    internal static bool IsAllowed(IPAddress address, OutboundAddresses policy)
    {
        if (Embedded(address) is { } inner && !IsAllowed(inner, policy))
        {
            return false;
        }

        return !Contains(_metadata, address) && (policy == OutboundAddresses.Any || !Contains(_special, address));
    }

    /// <summary>The IPv4 address that an IPv6 one leads to: mapped, NAT64 (RFC 6052), 6to4 (RFC 3056), Teredo (RFC 4380).</summary>
    private static IPAddress? Embedded(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return null;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        var bytes = address.GetAddressBytes();
        return _nat64.Contains(address) ? new IPAddress(bytes.AsSpan(12))
            : _6to4.Contains(address) ? new IPAddress(bytes.AsSpan(2, 4))
            : _teredo.Contains(address) ? new IPAddress([.. bytes.AsSpan(12).ToArray().Select(part => (byte)~part)])
            : null;
    }

    // A network contains only addresses without a scope.
    private static bool Contains(IPNetwork[] networks, IPAddress address)
    {
        var plain = address is { AddressFamily: AddressFamily.InterNetworkV6, ScopeId: not 0 } ? new IPAddress(address.GetAddressBytes()) : address;
        return Array.Exists(networks, network => network.Contains(plain));
    }

    private static IPNetwork[] Networks(params string[] networks) => [.. networks.Select(network => IPNetwork.Parse(network))];
}
