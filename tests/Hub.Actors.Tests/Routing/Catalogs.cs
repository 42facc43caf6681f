using System.Text;
using McpHub.Actors.Routing;
using McpHub.Actors.Servers;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Wire;

namespace McpHub.Actors.Tests.Routing;

/// <summary>Servers and catalogs in few words.</summary>
internal static class Catalogs
{
    private static readonly DateTimeOffset _then = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static ServerDefinition Server(string id) => new(id);

    public static ServerState State(ServerPhase phase) => new(phase, _then);

    public static PeerInfo Peer(Era era = Era.Legacy, string capabilities = """{"tools":{"listChanged":true},"prompts":{},"resources":{}}""", string? instructions = null) =>
        new(era, era == Era.Legacy ? "2025-11-25" : "2026-07-28", TransportKind.Channel, "{}"u8.ToArray())
        {
            Capabilities = Encoding.UTF8.GetBytes(capabilities),
            Instructions = instructions,
            ServerInfo = "{\"name\":\"peer\",\"version\":\"1\"}"u8.ToArray(),
        };

    public static ServerCatalog Catalog(string[]? tools = null, string[]? prompts = null, string[]? resources = null, string[]? templates = null) => new(
        Named(tools), Named(prompts), Keyed(resources, "uri"), Keyed(templates, "uriTemplate"));

    public static CatalogList Items(string key, params string[] json) => new([.. json.Select(text => Item(text, key))]);

    public static CatalogItem Item(string json, string key)
    {
        ReadOnlyMemory<byte> bytes = Encoding.UTF8.GetBytes(json);
        var token = JsonParts.Find(bytes, Encoding.UTF8.GetBytes(key));
        return new CatalogItem(JsonText.Unescape(token.In(bytes.Span))!, bytes, token);
    }

    public static Registry Registry(HubRuntimeOptions? options = null) => new(options ?? new HubRuntimeOptions()) { AreNamesShown = true };

    public static RegisteredServer Add(this Registry registry, string id, int maxInFlight = 8)
    {
        registry.Add(Server(id), new SessionRef(id, maxInFlight), State(ServerPhase.Ready));
        return registry.Find(id)!;
    }

    public static Protocol.Errors.HubError? Read(this Registry registry, string id, ServerCatalog catalog, PeerInfo? peer = null) =>
        registry.Read(registry.Find(id)!, peer ?? Peer(), catalog);

    public static RoutingTable Build(this Registry registry, RoutingTable? previous = null) => registry.Build(previous ?? RoutingTable.Empty, settled: true, out _);

    public static string Text(this ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    public static string? Owner(this RoutingTable table, ComponentKind kind, string name) =>
        table.TryRoute(new CallTarget(kind, name), out var route, out _) ? $"{route.Server.Id} {route.OriginalName.Text()}" : null;

    private static CatalogList Named(string[]? names) => Items("name", [.. (names ?? []).Select(name => $$"""{"name":{{JsonText.Quote(name).AsMemory().AsText()}}}""")]);

    private static CatalogList Keyed(string[]? keys, string member) =>
        Items(member, [.. (keys ?? []).Select(key => $$"""{"name":"n","{{member}}":{{JsonText.Quote(key).AsMemory().AsText()}}}""")]);

    private static string AsText(this Memory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
}
