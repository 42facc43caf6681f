using McpHub.Protocol.Errors;

namespace McpHub;

/// <summary>How to reach a server. Base of the parameter classes.</summary>
public abstract record ServerParameters
{
    private protected ServerParameters()
    {
    }

    /// <summary>The server's id in the group: stable, shown in names and errors.</summary>
    /// <value>Default <c>null</c>: the command's file name or the URL's host, made unique with a number. A name given here is never changed: one that is taken fails the connect.</value>
    public string? Name { get; init; }

    /// <summary>Pins the protocol era and so forbids the probe.</summary>
    /// <value>Default <c>null</c>: found out (2026-07-28, versioning, "Backward Compatibility").</value>
    public Era? Era { get; init; }

    /// <summary>Finds what makes the parameters unusable whatever the server: <c>HUB1001</c>. No I/O.</summary>
    internal virtual void Validate()
    {
    }

    /// <summary>Opens a connection of a kind that <see cref="McpTransports"/> does not know, such as the TestKit's; <c>null</c> = none.</summary>
    internal virtual ITransport? OpenTransport() => null;

    internal static HubException Invalid(string reason) => new(HubErrors.InvalidParameters.With(("reason", reason)));
}
