using McpHub;

namespace Shop;

/// <summary>The service that is tested: it asks an MCP server about orders and always has something to tell its customer.</summary>
public sealed class OrderDesk(ClientSessionGroup servers)
{
    public async Task<string> StatusOfAsync(int order)
    {
        try
        {
            var result = await servers.CallToolAsync("get_order", new { id = order }, new CallOptions { Timeout = TimeSpan.FromSeconds(30) });
            var text = string.Concat(result.Content.OfType<TextContent>().Select(content => content.Text));
            return result.IsError ? $"order {order}: {text}" : $"order {order} is {text}";
        }
        catch (RequestTimeoutException)
        {
            return $"order {order}: this takes longer than usual";
        }
        catch (ServerUnavailableException)
        {
            return $"order {order}: please ask again in a minute";
        }
        catch (HubException lost) when (lost.Delivery == Delivery.Unknown)
        {
            return $"order {order}: please ask again";
        }
    }
}
