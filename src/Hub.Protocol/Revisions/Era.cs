namespace McpHub;

/// <summary>The two shapes of MCP. Legacy: handshake, sessions, server-to-client requests. Modern: stateless requests.</summary>
public enum Era
{
    /// <summary>Revisions 2024-11-05 to 2025-11-25.</summary>
    Legacy,

    /// <summary>Revision 2026-07-28.</summary>
    Modern,
}
