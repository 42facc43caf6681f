using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace McpHub.Testing.Engine;

/// <summary>Messages of a server.</summary>
internal static class Message
{
    public static string Notification(string method, JObject? parameters) =>
        $$"""{"jsonrpc":"2.0","method":{{JsonConvert.ToString(method)}}{{Parameters(parameters)}}}""";

    public static string Request(string id, string method, JObject? parameters) =>
        $$"""{"jsonrpc":"2.0","id":{{JsonConvert.ToString(id)}},"method":{{JsonConvert.ToString(method)}}{{Parameters(parameters)}}}""";

    private static string Parameters(JObject? parameters) => parameters is null ? "" : ",\"params\":" + parameters.ToString(Formatting.None);
}
