using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using McpHub.TestSupport;

namespace McpHub.Samples.Tests.Samples;

/// <summary>A web service with the hub inside, as a process.</summary>
public sealed class EmbeddedSampleTests
{
    private const string Listening = "Now listening on: ";

    [Fact]
    public async Task A_web_service_lists_and_calls_the_tools_of_its_servers_and_ends_with_them()
    {
        await using var service = Start();
        using var http = await ClientAsync(service);

        var tools = await http.GetFromJsonAsync<JsonElement[]>("/tools");
        Assert.Contains(tools!, tool => tool.GetProperty("name").GetString() == "get_order" && tool.GetProperty("server").GetString() == "orders");
        Assert.Contains(tools!, tool => tool.GetProperty("name").GetString() == "add_note" && tool.GetProperty("description").GetString()!.Length > 0);
        Assert.Equal("Healthy", await http.GetStringAsync("/health"));

        using var order = await http.PostAsJsonAsync("/tools/get_order", new { id = 7 });
        Assert.Equal(7, (await order.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("structuredContent").GetProperty("id").GetInt32());
        using var unknown = await http.PostAsJsonAsync("/tools/nothing", new { });
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Equal("HUB5101", (await unknown.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString());
        using var wrong = await http.PostAsJsonAsync("/tools/get_order", new[] { 1 });
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);

        service.Terminate();
        await service.EndAsync();
    }

    [Fact]
    public async Task Its_servers_are_named_by_any_configuration_source_and_its_health_tells_of_one_that_is_away()
    {
        await using var service = Start(new()
        {
            ["Mcp__servers__peer__command"] = "dotnet",
            ["Mcp__servers__peer__args__0"] = TestPeer.Path,
            ["Mcp__servers__peer__args__1"] = "mcp",
            ["Mcp__servers__gone__command"] = "/no/such/server",
            ["Mcp__naming"] = "always",
        });
        using var http = await ClientAsync(service);

        Assert.Contains("peer__echo", await http.GetStringAsync("/tools"), StringComparison.Ordinal);
        Assert.Equal("Degraded", await http.GetStringAsync("/health"));
        using var crashed = await http.PostAsJsonAsync("/tools/peer__crash", new { });
        Assert.Equal(HttpStatusCode.BadGateway, crashed.StatusCode);

        service.Terminate();
        await service.EndAsync();
    }

    [Fact]
    public async Task A_call_that_runs_when_the_service_is_told_to_end_is_answered()
    {
        await using var service = Start();
        using var http = await ClientAsync(service);

        var running = http.PostAsJsonAsync("/tools/audit_orders", new { delayMs = 100 });
        await service.LineWithAsync("Executing endpoint 'HTTP: POST /tools/{name}'");
        service.Terminate();

        using var answer = await running;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("orders checked", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await service.EndAsync();
    }

    private static RunningProcess Start(Dictionary<string, string>? environment = null) =>
        RunningProcess.Start("dotnet", [Repository.Sample("Embedded"), "--urls", "http://127.0.0.1:0"], environment: environment);

    private static async Task<HttpClient> ClientAsync(RunningProcess service)
    {
        var line = await service.LineWithAsync(Listening);
        return new HttpClient { BaseAddress = new Uri(line[(line.IndexOf(Listening, StringComparison.Ordinal) + Listening.Length)..]) };
    }
}
