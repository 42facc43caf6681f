namespace McpHub.Scenarios.Fidelity;

/// <summary>JSON that means something else, or nothing, once it went through a parser and a writer.</summary>
internal static class Payloads
{
    /// <summary>An object with unusual numbers, escapes, names, order, repeated names below its top level, and line breaks between its tokens.</summary>
    public static string Odd { get; } = string.Join("\r\n\t",
        """{ "z" : 1.0 ,""",
        """ "a":1E5,"big":1e400, "tail" : 0.1000 ,"long":12345678901234567890,"negative":-0.0,"tiny":1e-400,""",
        """ "caf\u00e9":"\u00e9 é","slash":"\/","control":"\"\\\b\f\n\r\t\u0000\u001f","lone":"\ud800","reversed":"\udc00\ud800",""",
        $$"""
         "separators":"\u2028\u2029 {{"\u2028"}}","pair":"\ud83d\ude00 😀","":[ ],
        """ + "\n",
        """ "vendor/x":{"b":null , "a":[1.0,{"y":true,"x":false , "y":0}],"empty":{ },"A":[[[]]]},""" + "\r",
        """ "resultType":"mine","_meta":{"io.modelcontextprotocol/x":0},"jsonrpc":"1.0","id":null,"last":[1,""" + "\n\n",
        """ 2 ,3 ] }""");

    /// <summary>What is left where the next hop frames by lines.</summary>
    public static string OnOneLine(string json) => json.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal);
}
