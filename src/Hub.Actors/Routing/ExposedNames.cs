using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace McpHub.Actors.Routing;

/// <summary>
/// Gives tools and prompts the names under which the hub exposes them (contract 0.3 "naming", 3.14 "names"). A name once given stays with its server, kind and
/// own name, also while the server is away. Never splits a name: the way back is the routing table. Not thread-safe.
/// </summary>
internal sealed class ExposedNames(HubRuntimeOptions options)
{
    /// <summary>Names of items that a server no longer lists are remembered up to this number for each server and kind.</summary>
    public const int RememberedNames = 1000;

    private const int HashDigits = 8;

    private readonly int _maxLength = Math.Max(options.MaxNameLength, 2 * (HashDigits + 1));
    private readonly Dictionary<(string ServerId, ComponentKind Kind), Dictionary<string, Given>> _given = [];
    private readonly Dictionary<(ComponentKind Kind, string Name), string> _owners = [];
    private long _clock;

    /// <summary>The name given before; <c>null</c> if there is none.</summary>
    public string? Recall(ComponentKind kind, string serverId, string ownName)
    {
        if (!_given.TryGetValue((serverId, kind), out var names) || !names.TryGetValue(ownName, out var given))
        {
            return null;
        }

        given.LastUsed = ++_clock;
        return given.Name;
    }

    /// <summary>Gives a name for the first time. <paramref name="hooked"/> is the own name after the hook.</summary>
    public string Give(ComponentKind kind, string serverId, string ownName, string hooked)
    {
        var name = Make(kind, serverId, ownName, hooked);
        Restore(kind, serverId, ownName, name);
        return name;
    }

    /// <summary>Takes over a name that an earlier router gave.</summary>
    public void Restore(ComponentKind kind, string serverId, string ownName, string name)
    {
        if (!_given.TryGetValue((serverId, kind), out var names))
        {
            _given.Add((serverId, kind), names = []);
        }

        names[ownName] = new Given(name) { LastUsed = ++_clock };
        _owners.TryAdd((kind, name), serverId);
    }

    /// <summary>Forgets the longest unused names of items that are not listed any more, when there are too many.</summary>
    public void Trim(ComponentKind kind, string serverId, int listed)
    {
        if (!_given.TryGetValue((serverId, kind), out var names) || names.Count <= listed + RememberedNames)
        {
            return;
        }

        foreach (var (ownName, given) in names.OrderBy(name => name.Value.LastUsed).Take(names.Count - listed - RememberedNames / 2).ToList())
        {
            names.Remove(ownName);
            Free(kind, given.Name, serverId);
        }
    }

    /// <summary>Forgets a server: it was removed.</summary>
    public void Forget(string serverId)
    {
        foreach (var kind in Enum.GetValues<ComponentKind>())
        {
            if (_given.Remove((serverId, kind), out var names))
            {
                foreach (var given in names.Values)
                {
                    Free(kind, given.Name, serverId);
                }
            }
        }
    }

    /// <summary>Forgets everything: nobody has seen the names yet, and they are given again in configuration order.</summary>
    public void Reset()
    {
        _given.Clear();
        _owners.Clear();
    }

    private string Make(ComponentKind kind, string serverId, string ownName, string hooked)
    {
        var name = options.Naming == NamingRule.Always ? Prefixed(serverId, hooked) : hooked;
        var cut = Cut(name, serverId, ownName, 0);
        if ((options.Naming == NamingRule.Never && !options.PrefixesOnCollision) || IsFree(kind, cut))
        {
            return cut;
        }

        if (options.Naming != NamingRule.Always)
        {
            name = Prefixed(serverId, hooked);
            cut = Cut(name, serverId, ownName, 0);
        }

        // Different ids can be equal once sanitised, and a server may itself offer "id__name".
        for (var attempt = 1; !IsFree(kind, cut); attempt++)
        {
            cut = WithHash(name, serverId, ownName, attempt);
        }

        return cut;
    }

    private bool IsFree(ComponentKind kind, string name) => !_owners.ContainsKey((kind, name));

    private string Prefixed(string serverId, string name) =>
        string.Concat(string.Concat(serverId.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-' ? c : '_')), options.NameSeparator, name);

    private string Cut(string name, string serverId, string ownName, int attempt) =>
        name.Length <= _maxLength ? name : WithHash(name, serverId, ownName, attempt);

    private string WithHash(string name, string serverId, string ownName, int attempt)
    {
        var length = Math.Min(name.Length, _maxLength - HashDigits - 1);
        if (char.IsHighSurrogate(name[length - 1]))
        {
            length--;
        }

        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{serverId}\0{ownName}\0{attempt}")));
        return string.Concat(name.AsSpan(0, length), "_", Convert.ToHexStringLower(hash.AsSpan(0, HashDigits / 2)));
    }

    private void Free(ComponentKind kind, string name, string serverId)
    {
        if (_owners.TryGetValue((kind, name), out var owner) && owner == serverId)
        {
            _owners.Remove((kind, name));
        }
    }

    private sealed class Given(string name)
    {
        public string Name => name;

        public long LastUsed { get; set; }
    }
}
