using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using ModelContextProtocol;
using ModelContextProtocol.Server;

namespace McpHub.SampleServer.Orders;

[McpServerToolType]
internal sealed class OrderTools(OrderBook orders)
{
    [McpServerTool(Name = "get_order", Title = "Get an order", ReadOnly = true, OpenWorld = false, UseStructuredContent = true)]
    [Description("Gives one order: customer, item, price, status.")]
    public Order GetOrder([Description("The order number.")] int id)
        => orders.Find(id) ?? throw new McpException($"There is no order {id}.");

    [McpServerTool(Name = "list_orders", Title = "List orders", ReadOnly = true, OpenWorld = false)]
    [Description("Lists the orders, all of them or those of one status.")]
    public string ListOrders([Description("Only this status."), AllowedValues("paid", "packed", "shipped", "delivered", "returned")] string? status = null)
        => string.Join('\n', orders.All.Where(order => status is null || order.Status == status).Select(order => $"{order.Id}. {order.Item} for {order.Customer}: {order.Status}"));

    [McpServerTool(Name = "audit_orders", Title = "Audit the orders", ReadOnly = true, OpenWorld = false)]
    [Description("Checks every order, one after the other, and reports progress after each.")]
    public async Task<string> AuditOrders(
        IProgress<ProgressNotificationValue> progress,
        CancellationToken cancellationToken,
        [Description("Milliseconds of work for each order, 0 to 10000.")] int delayMs = 20)
    {
        if (delayMs is < 0 or > 10_000)
        {
            throw new McpException("delayMs must be 0 to 10000.");
        }

        var done = 0;
        foreach (var order in orders.All)
        {
            await Task.Delay(delayMs, cancellationToken);
            progress.Report(new() { Progress = ++done, Total = orders.All.Count, Message = $"order {order.Id} is {order.Status}" });
        }

        return $"{done} orders checked, worth {orders.All.Sum(order => order.Price)} in all.";
    }
}
