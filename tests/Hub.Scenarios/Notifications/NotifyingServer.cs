using McpHub.Actors.Servers;
using McpHub.Testing;
using Newtonsoft.Json.Linq;

namespace McpHub.Scenarios.Notifications;

/// <summary>A legacy server behind a real pipe that logs as it is told to and knows resources that change.</summary>
internal static class NotifyingServer
{
    private static readonly string[] _levels = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];

    /// <summary>Makes one with three resources, a template that knows no resource to subscribe to, and the tools <c>log</c> (level, data, hold) and <c>hold</c>.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="release">What a call that holds waits for.</param>
    public static ScriptedServer Create(string id, Task? release = null)
    {
        var lowest = "info";
        var server = new ScriptedServer(id, Era.Legacy) { Patience = TimeSpan.FromSeconds(60) };
        for (var n = 0; n < 3; n++)
        {
            server.Resource($"{id}://resource/{n}", "");
        }

        return server
            .ResourceTemplate($"{id}://template/0/{{id}}", _ => "")
            .FailNext("resources/subscribe", Fault.Error(-32002, "there is none"), int.MaxValue, $"{id}://template/0/unknown")
            .On("logging/setLevel", request =>
            {
                lowest = (string)request.Params["level"]!;
                return request.ReplyAsync(new JObject());
            })
            .Tool("log", async request =>
            {
                var level = (string)request.Arguments["level"]!;
                if (Array.IndexOf(_levels, level) >= Array.IndexOf(_levels, lowest))
                {
                    await request.NotifyAsync("notifications/message", new JObject { ["level"] = level, ["logger"] = id, ["data"] = request.Arguments["data"]!.DeepClone() });
                }

                return (bool?)request.Arguments["hold"] == true ? await HeldAsync() : "logged";
            })
            .Tool("hold", _ => HeldAsync());

        async Task<string> HeldAsync()
        {
            await release!;
            return "released";
        }
    }

    public static ServerDefinition Definition(this ScriptedServer server) => HubUnderTest.Scripted(server, server.OverPipe());

    /// <summary>Says that a resource changed, whoever subscribed to it.</summary>
    public static Task UpdatedAsync(this ScriptedServer server, string uri) => server.NotifyAsync("notifications/resources/updated", new JObject { ["uri"] = uri });
}
