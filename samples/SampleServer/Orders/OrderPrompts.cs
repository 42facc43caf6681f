using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using ModelContextProtocol;
using ModelContextProtocol.Server;

namespace McpHub.SampleServer.Orders;

[McpServerPromptType]
internal sealed class OrderPrompts(OrderBook orders)
{
    [McpServerPrompt(Name = "refund_reply", Title = "Answer a refund request")]
    [Description("Asks for a reply to a customer who wants the money back.")]
    public string RefundReply(
        [Description("The order number.")] string orderId,
        [Description("How the reply should sound."), AllowedValues("friendly", "formal", "brief")] string tone)
    {
        var order = int.TryParse(orderId, out var id) ? orders.Find(id) : null;
        return order is null
            ? throw new McpProtocolException($"There is no order {orderId}.", McpErrorCode.InvalidParams)
            : $"Write a {tone} reply to {order.Customer}, who wants a refund for \"{order.Item}\" (order {order.Id}, {order.Price}, {order.Status}).";
    }
}
