namespace McpHub.Testing;

/// <summary>What a script expected did not come true, or it asked for something that cannot be done.</summary>
public sealed class ScriptException : Exception
{
    /// <summary>Says what was expected and what was there instead.</summary>
    /// <param name="message">Both.</param>
    public ScriptException(string message)
        : base(message)
    {
    }

    /// <summary>Says what was expected, with its cause.</summary>
    /// <param name="message">What was expected.</param>
    /// <param name="inner">The cause.</param>
    public ScriptException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

/// <summary>Throw it in a handler of a <see cref="ScriptedServer"/> to answer the request with this JSON-RPC error.</summary>
/// <param name="code">The code, for example -32602.</param>
/// <param name="message">The message.</param>
/// <param name="data">The member <c>data</c>; <c>null</c> leaves it out.</param>
public sealed class ScriptedErrorException(int code, string message, Newtonsoft.Json.Linq.JToken? data = null) : Exception(message)
{
    /// <summary>The JSON-RPC code.</summary>
    public int Code => code;

    /// <summary>The member <c>data</c>; <c>null</c> if there is none.</summary>
    public Newtonsoft.Json.Linq.JToken? ErrorData => data;
}
