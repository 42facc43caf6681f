namespace McpHub.Testing.Http;

/// <summary>A request of a client: what the endpoint looks at.</summary>
/// <param name="Method">GET, POST, DELETE…</param>
/// <param name="Headers">By name, whatever its case; several of one name are joined.</param>
/// <param name="Body">The body.</param>
internal sealed record HttpRequestHead(string Method, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string? Header(string name) => Headers.GetValueOrDefault(name);
}
