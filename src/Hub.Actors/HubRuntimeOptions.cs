namespace McpHub
{
    /// <summary>How tool and prompt names are made unique over the servers of a hub.</summary>
    public enum NamingRule
    {
        /// <summary>Names stay as the servers give them.</summary>
        Never,

        /// <summary>A name gets its server's id as prefix only if another server already offers it. A name once given stays.</summary>
        Auto,

        /// <summary>Every name gets its server's id as prefix.</summary>
        Always,
    }

    /// <summary>What happens to a name that is still taken after naming rule and hook.</summary>
    public enum DuplicatePolicy
    {
        /// <summary>
        /// The connect of the second server fails with <c>HUB4101</c>; the first is untouched. An item that a connected server adds later is hidden
        /// (<see cref="ClientSessionGroup.Hidden"/>): it cannot be refused any more.
        /// </summary>
        Reject,

        /// <summary>The newcomer's name gets its server's id as prefix, as with <see cref="NamingRule.Auto"/>; who had the name keeps it. A name once given stays.</summary>
        Prefix,

        /// <summary>Who had the name keeps it; the newcomer's item is hidden (<see cref="ClientSessionGroup.Hidden"/>) until the owner does not offer it any more.</summary>
        FirstWins,

        /// <summary>The newcomer gets the name; the item that had it is hidden (<see cref="ClientSessionGroup.Hidden"/>) until the newcomer does not offer it any more.</summary>
        LastWins,
    }
}

namespace McpHub.Actors
{
    /// <summary>What one hub is made of.</summary>
    internal sealed record HubRuntimeOptions
    {
        public NamingRule Naming { get; init; } = NamingRule.Auto;

        /// <summary>Between server id and name.</summary>
        public string NameSeparator { get; init; } = "__";

        /// <summary>Longest exposed name; longer ones are cut and get a hash (contract 3.14).</summary>
        public int MaxNameLength { get; init; } = 64;

        /// <summary>Gives an item its exposed name: kind, own name, server id, what the server says of itself (JSON, may be empty). <c>null</c> = the naming rule alone. Runs on the router's thread.</summary>
        public Func<ComponentKind, string, string, ReadOnlyMemory<byte>, string>? NameHook { get; init; }

        /// <summary>What happens to a name that is still taken (groups). <c>null</c>: the first in configuration order wins and the loser is named (<c>/mcp</c>).</summary>
        public DuplicatePolicy? Duplicates { get; init; }

        /// <summary>A name that is taken gets a prefix.</summary>
        public bool PrefixesOnCollision => Naming == NamingRule.Auto || Duplicates == DuplicatePolicy.Prefix;

        /// <summary>How long lists may be held for servers in their first connect (contract 0.3 "start").</summary>
        public TimeSpan StartGrace { get; init; } = TimeSpan.FromSeconds(5);

        /// <summary>How long they are held for required servers that are not ready, also those that have failed meanwhile. Default zero: like any other server.</summary>
        public TimeSpan WaitForRequired { get; init; }

        /// <summary>How long the tools of a down server stay listed (contract 3.14).</summary>
        public TimeSpan UnavailableGrace { get; init; } = TimeSpan.FromMinutes(5);

        /// <summary>Items on one page of a list for a client.</summary>
        public int PageSize { get; init; } = 1000;

        public TimeProvider Time { get; init; } = TimeProvider.System;

        public Microsoft.Extensions.Logging.ILoggerFactory Loggers { get; init; } = Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance;
    }
}
