using System.ComponentModel;
using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Server;

namespace McpHub.SampleServer.Orders;

[McpServerResourceType]
internal sealed class OrderResources(OrderBook orders)
{
    [McpServerResource(UriTemplate = "order://catalog", Name = "catalog", Title = "All orders", MimeType = "application/json")]
    [Description("Every order as JSON.")]
    public string Catalog() => JsonSerializer.Serialize(orders.All, JsonSerializerOptions.Web);

    [McpServerResource(UriTemplate = "order://{id}", Name = "order", Title = "An order", MimeType = "application/json")]
    [Description("One order as JSON.")]
    public string ById(int id)
        => JsonSerializer.Serialize(orders.Find(id) ?? throw NotFound(id), JsonSerializerOptions.Web);

    /// <summary>2026-07-28, server/resources, "Error Handling": invalid params and the URI, where the revisions before it had a code of its own.</summary>
    private static McpProtocolException NotFound(int id) => new($"There is no order {id}.", McpErrorCode.InvalidParams) { Data = { ["uri"] = $"order://{id}" } };
}
