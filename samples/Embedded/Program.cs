// A web service with the hub inside: the servers start and stop with it.
//   dotnet run --project samples/Embedded -- --urls http://127.0.0.1:5080
//   curl http://127.0.0.1:5080/tools
//   curl http://127.0.0.1:5080/tools/get_order -H 'Content-Type: application/json' -d '{"id":7}'
//   curl http://127.0.0.1:5080/health
// Servers of your own: the section "Mcp" of appsettings.json, or any other configuration source:
//   Mcp__servers__everything__command=npx Mcp__servers__everything__args__0=-y Mcp__servers__everything__args__1=@modelcontextprotocol/server-everything dotnet run ...
using System.Text.Json;
using McpHub;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddHub(builder.Configuration.GetSection("Mcp"));
builder.Services.AddHub(hub =>
{
    // A fault in the section must not be answered by other servers, so: only if there is no section at all.
    if (!builder.Configuration.GetSection("Mcp").Exists())
    {
        var sample = Path.Combine(AppContext.BaseDirectory, "demo", "McpHub.SampleServer.dll");
        hub.Servers.Add(new StdioServerParameters("dotnet", sample, "stdio") { Name = "notes" });
        hub.Servers.Add(new StdioServerParameters("dotnet", sample, "stdio", "--theme", "orders") { Name = "orders" });
        hub.Required.Add("orders");
    }
});
builder.Services.AddHealthChecks().AddHub();

var app = builder.Build();
app.MapHealthChecks("/health");
app.MapGet("/tools", (ClientSessionGroup group) =>
    group.Tools.Values.Select(tool => new { tool.Name, tool.Tool.Description, Server = tool.Session.ServerInfo?.Name }));
app.MapPost("/tools/{name}", async (string name, JsonElement arguments, ClientSessionGroup group, CancellationToken aborted) =>
{
    try
    {
        var result = await group.CallToolAsync(name, arguments, ct: aborted);
        return Results.Bytes(result.Raw, "application/json"); // as the server wrote it
    }
    catch (ArgumentException wrong)
    {
        return Results.Problem(wrong.Message, statusCode: 400);
    }
    catch (HubException failed)
    {
        var status = failed switch
        {
            ToolNotFoundException => 404,
            ServerUnavailableException => 503,
            RequestTimeoutException => 504,
            _ => 502,
        };
        return Results.Problem(failed.Message, statusCode: status, extensions: new Dictionary<string, object?> { ["code"] = failed.Code, ["server"] = failed.ServerId });
    }
});
await app.RunAsync();
