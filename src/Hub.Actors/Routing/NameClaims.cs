using System.Collections.Immutable;

namespace McpHub.Actors.Routing;

/// <summary>All claims to the names of one kind, and the published dictionary that follows from them. Only names that were touched are looked at.</summary>
/// <param name="publish">Makes the published form of a claim under a name.</param>
/// <param name="hiddenName">The name under which a claim that lost is published; <c>null</c> = not at all.</param>
/// <param name="hidden">Called when a claim gets hidden, with the winner.</param>
internal sealed class NameClaims(Func<NameClaim, string, PublishedItem> publish, Func<NameClaim, string?> hiddenName, Action<NameClaim, NameClaim> hidden)
{
    private readonly Dictionary<string, List<NameClaim>> _claims = new(StringComparer.Ordinal);
    private readonly HashSet<string> _touched = new(StringComparer.Ordinal);
    private readonly HashSet<string> _removed = new(StringComparer.Ordinal);
    private readonly HashSet<NameClaim> _hidden = [];

    /// <summary>The owner of a name; <c>null</c> if nobody claims it.</summary>
    public NameClaim? Owner(string name) => _claims.TryGetValue(name, out var claims) ? claims[0] : null;

    /// <summary>The claims that are published under no name at all, each with the one that has it.</summary>
    public IEnumerable<(NameClaim Hidden, NameClaim Owner)> Hidden => _hidden.Select(claim => (claim, _claims[claim.Name][0]));

    public void Add(NameClaim claim)
    {
        if (!_claims.TryGetValue(claim.Name, out var claims))
        {
            _claims.Add(claim.Name, claims = []);
        }

        var at = claims.FindIndex(other => other.Rank > claim.Rank);
        claims.Insert(at < 0 ? claims.Count : at, claim);
        _touched.Add(claim.Name);
    }

    public void Remove(NameClaim claim)
    {
        var claims = _claims[claim.Name];
        claims.Remove(claim);
        _hidden.Remove(claim);
        if (claims.Count == 0)
        {
            _claims.Remove(claim.Name);
        }

        if (claim.Published is not null)
        {
            _removed.Add(claim.Published.Name);
        }

        _touched.Add(claim.Name);
    }

    public void Touch(NameClaim claim) => _touched.Add(claim.Name);

    /// <summary>Settles who owns the touched names.</summary>
    /// <returns>The dictionary with the changes, and the servers whose published items changed.</returns>
    public ImmutableDictionary<string, PublishedItem> Resolve(ImmutableDictionary<string, PublishedItem> published, HashSet<RegisteredServer> affected)
    {
        var set = new Dictionary<string, PublishedItem>(StringComparer.Ordinal);
        foreach (var name in _touched)
        {
            if (!_claims.TryGetValue(name, out var claims))
            {
                continue;
            }

            for (var i = 0; i < claims.Count; i++)
            {
                var claim = claims[i];
                var before = claim.Published;
                var exposed = i == 0 ? name : hiddenName(claim);
                claim.Published = exposed is null ? null : publish(claim, exposed);
                if (i > 0 && !claim.IsHiddenLogged)
                {
                    hidden(claim, claims[0]);
                }

                claim.IsHiddenLogged = i > 0;
                if (before is not null && before.Name != exposed)
                {
                    _removed.Add(before.Name);
                }

                if (!ReferenceEquals(before, claim.Published))
                {
                    affected.Add(claim.Server);
                }

                if (claim.Published is not null)
                {
                    set.TryAdd(exposed!, claim.Published);
                    _hidden.Remove(claim);
                }
                else
                {
                    _hidden.Add(claim);
                }
            }
        }

        _removed.ExceptWith(set.Keys);
        published = published.RemoveRange(_removed).SetItems(set);
        _touched.Clear();
        _removed.Clear();
        return published;
    }
}
