namespace McpHub.Scenarios.Fidelity;

/// <summary>What the servers of the matrix say. Results end with their <c>_meta</c>, into which the hub may write.</summary>
internal static class Item
{
    public static string Tool(string id) => $$"""
        { "x-first":{{Payloads.Odd}},"name" : "tool-{{id}}","inputSchema":{ "type":"object","properties":{"n":{"maximum":1e400,"default":1.0 } }, "x-order":["z","a"]},"title":"\u00e9\/ \ud800","zz":1E5 , "aa":null }
        """;

    public static string Prompt(string id) => $$"""
        { "zz":{{Payloads.Odd}}, "arguments":[ {"required":true,"name":"\u0061","x":0.1000} ],"name":"prompt-{{id}}","aa":1.0 }
        """;

    public static string Resource(string id) => $$"""
        { "size":12345678901234567890,"uri":"odd-{{id}}:\/\/x","name":"\u00e9","x":{{Payloads.Odd}},"annotations":{"priority":0.50} }
        """;

    public static string Template(string id) => $$"""
        { "x":{{Payloads.Odd}},"uriTemplate":"odd-{{id}}:\/\/t/{id}","name":"\u00e9","aa":1E5 }
        """;

    public static string CallResult { get; } = $$"""
        "x-first" : {{Payloads.Odd}} ,"structuredContent": {{Payloads.Odd}}, "content":[ {"type":"text","text":"\u00e9\/ \ud800","x":1.0} , {"type":"text", "y":{{Payloads.Odd}},"text":""} ],"isError" : false, "_meta" : { "vendor/x": {{Payloads.Odd}} }
        """;

    public static string PromptResult { get; } = $$"""
        "x":{{Payloads.Odd}},"messages":[ {"role":"user","content":{"x":1E5,"type":"text","text":"\/ \u2028"},"odd":{{Payloads.Odd}} } ],"description":"\u00e9", "_meta":{"vendor/x":{{Payloads.Odd}} }
        """;

    public static string CompletionResult { get; } = $$"""
        "completion":{ "values":["\u00e9","\/"],"total":1E0,"hasMore":false,"odd":{{Payloads.Odd}} },"x":{{Payloads.Odd}},"_meta":{"vendor/x":1.0 }
        """;

    public static string Error { get; } = $$"""
        { "x-first":1.0,"message":"caf\u00e9 \/ \ud800","data":{{Payloads.Odd}} ,"code":1234, "zz":1E5 }
        """;

    public static string Progress { get; } = $$"""
        "progress":1.50,"total":1E1 , "message":"\u00e9\/","x":{{Payloads.Odd}}
        """;

    public static string ReadResult(string id) => $$"""
        "contents":[ {"x":{{Payloads.Odd}},"uri":"odd-{{id}}:\/\/x","mimeType":"text\/plain","text":"\u00e9 \ud800"} ],"x":{{Payloads.Odd}},"_meta":{ "vendor/x":1.0 }
        """;
}
