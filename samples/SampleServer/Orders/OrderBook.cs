namespace McpHub.SampleServer.Orders;

internal sealed record Order(int Id, string Customer, string Item, decimal Price, string Status);

internal sealed class OrderBook
{
    public IReadOnlyList<Order> All { get; } =
    [
        new(1, "Ada", "Fountain pen", 48.00m, "delivered"),
        new(2, "Grace", "Desk lamp", 79.90m, "delivered"),
        new(3, "Alan", "Chess set", 35.50m, "returned"),
        new(4, "Barbara", "Notebook, A5", 12.00m, "delivered"),
        new(5, "Edsger", "Writing desk", 420.00m, "packed"),
        new(6, "Frances", "Slide rule", 22.75m, "paid"),
        new(7, "Margaret", "Model rocket", 64.20m, "shipped"),
    ];

    public Order? Find(int id) => All.FirstOrDefault(order => order.Id == id);
}
