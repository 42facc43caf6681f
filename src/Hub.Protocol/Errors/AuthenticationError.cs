using McpHub.Protocol.Errors;

namespace McpHub;

/// <summary>How a server refused the hub's credentials.</summary>
public enum AuthenticationFailure
{
    /// <summary>401, and no credentials had been sent.</summary>
    NoCredentials,

    /// <summary>401 although credentials had been sent: wrong or expired.</summary>
    Rejected,

    /// <summary>403 with the challenge <c>insufficient_scope</c> (RFC 6750, 3.1): the credentials are good, but not for this.</summary>
    InsufficientScope,

    /// <summary>403 for another reason, or without one.</summary>
    Forbidden,
}

/// <summary>A server asks for credentials, or refused those it got (<c>HUB3101</c>).</summary>
public sealed class AuthenticationError : HubException
{
    /// <summary>Makes the exception of a hub error.</summary>
    public AuthenticationError(HubError error, Exception? inner = null)
        : base(error, inner)
    {
    }

    /// <summary>What was refused.</summary>
    public AuthenticationFailure Kind => Error.Authentication ?? AuthenticationFailure.NoCredentials;

    /// <summary>What the server asks for; <c>null</c> if it did not say.</summary>
    public AuthenticationChallenge? Challenge => Error.Challenge;
}
