using McpHub.SampleServer.Clock;
using McpHub.SampleServer.Notes;
using McpHub.SampleServer.Orders;

namespace McpHub.SampleServer;

/// <summary>What a server is about; how it is reached is another matter.</summary>
internal static class Themes
{
    /// <param name="services">Where the server is added.</param>
    /// <param name="theme">notes, clock or orders.</param>
    /// <param name="revision">The one protocol revision it speaks; <c>null</c>: all that the transport allows.</param>
    public static IMcpServerBuilder AddThemedServer(this IServiceCollection services, string theme, string? revision) => theme switch
    {
        "notes" => services.AddSingleton<Notebook>().AddMcpServer(server =>
            {
                server.ServerInfo = new() { Name = "notes", Title = "Notebook", Version = "1.0.0" };
                server.ServerInstructions = "A small notebook. Search before you add, so that no note stands there twice.";
                server.ProtocolVersion = revision;
            })
            .WithTools<NoteTools>().WithResources<NoteResources>().WithPrompts<NotePrompts>(),
        "clock" => services.AddMcpServer(server =>
            {
                server.ServerInfo = new() { Name = "clock", Title = "Clock and calendar", Version = "1.0.0" };
                server.ServerInstructions = "Dates are ISO 8601, times are UTC.";
                server.ProtocolVersion = revision;
            })
            .WithTools<ClockTools>().WithResources<ClockResources>().WithPrompts<ClockPrompts>(),
        "orders" => services.AddSingleton<OrderBook>().AddMcpServer(server =>
            {
                server.ServerInfo = new() { Name = "orders", Title = "Order desk", Version = "1.0.0" };
                server.ServerInstructions = "Order numbers are whole numbers from 1.";
                server.ProtocolVersion = revision;
            })
            .WithTools<OrderTools>().WithResources<OrderResources>().WithPrompts<OrderPrompts>(),
        _ => throw new ArgumentException($"there is no theme \"{theme}\"", nameof(theme)),
    };
}
