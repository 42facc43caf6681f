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
        => JsonSerializer.Serialize(orders.Find(id) ?? throw new McpProtocolException($"There is no order {id}.", McpErrorCode.ResourceNotFound), JsonSerializerOptions.Web);
}
