using System.Globalization;
using System.Text;
using McpHub.Protocol.Model;
using McpHub.Protocol.Revisions;
using McpHub.Testing.Engine;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace McpHub.Testing;

/// <summary>A request that a <see cref="ScriptedServer"/> received, and everything that can be done with it. Thread-safe.</summary>
public sealed class ScriptedRequest : ReceivedMessage
{
    private readonly ScriptedConnection _connection;
    private readonly CancellationTokenSource _cancelled = new();
    private int _answers;

    internal ScriptedRequest(ScriptedConnection connection, ReplyPath path, byte[] utf8, JObject json, IReadOnlyDictionary<string, string>? headers)
        : base(connection.Number, utf8, json, headers)
    {
        (_connection, Path) = (connection, path);
        Era = (Params["_meta"] as JObject)?.ContainsKey(MetaKeys.ProtocolVersion) == true || Method == MethodNames.Discover ? Era.Modern : Era.Legacy;
    }

    /// <summary>The era it was written in.</summary>
    public Era Era { get; }

    /// <summary>The token to report progress with; <c>null</c> if the client wants none.</summary>
    public JToken? ProgressToken => (Params["_meta"] as JObject)?[MetaKeys.ProgressToken];

    /// <summary>Fires when the client cancelled the request (<c>notifications/cancelled</c>, or over HTTP the end of its connection) or the connection ended.</summary>
    public CancellationToken Cancelled => _cancelled.Token;

    /// <summary>Whether an answer was sent, or a fault stands in its place.</summary>
    public bool IsAnswered => Volatile.Read(ref _answers) > 0;

    internal ReplyPath Path { get; }

    internal ScriptedConnection Owner => _connection;

    internal Fault? Fault { get; set; }

    /// <summary>Its place among all messages of the server.</summary>
    internal int Order { get; set; }

    internal string IdText => Id!.ToString(Formatting.None);

    /// <summary>Answers with a result.</summary>
    /// <param name="result">The result. A modern one gets its <c>resultType</c> if it has none.</param>
    /// <exception cref="ScriptException">The request was answered before.</exception>
    public Task ReplyAsync(JObject result)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (Era == Era.Modern && !result.ContainsKey("resultType"))
        {
            result = (JObject)result.DeepClone();
            result.AddFirst(new JProperty("resultType", "complete"));
        }

        return AnswerAsync($$"""{"jsonrpc":"2.0","id":{{IdText}},"result":{{result.ToString(Formatting.None)}}}""");
    }

    /// <summary>Answers with a result of the typed model.</summary>
    /// <inheritdoc cref="ReplyAsync(JObject)"/>
    public Task ReplyAsync(McpResult result) => ReplyAsync((JObject)McpJson.ParseToken(McpJson.ToUtf8(result)));

    /// <summary>Answers with a result that is sent as it is written here, spelling of numbers and spaces included.</summary>
    /// <param name="json">A JSON object. A modern one gets its <c>resultType</c> if it names none.</param>
    /// <exception cref="ScriptException">The request was answered before, or this is no object.</exception>
    public Task ReplyAsync(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        var text = json.Trim();
        if (!text.StartsWith('{'))
        {
            throw new ScriptException($"a result is a JSON object, not {text}");
        }

        if (Era == Era.Modern && Parse(Encoding.UTF8.GetBytes(text))?.ContainsKey("resultType") != true)
        {
            text = "{\"resultType\":\"complete\"" + (text[1..].TrimStart().StartsWith('}') ? "" : ",") + text[1..];
        }

        return AnswerAsync($$"""{"jsonrpc":"2.0","id":{{IdText}},"result":{{text}}}""");
    }

    /// <summary>Answers a <c>tools/call</c> with text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="isError">Whether the tool failed.</param>
    /// <exception cref="ScriptException">The request was answered before.</exception>
    public Task ReplyTextAsync(string text, bool isError = false) => ReplyAsync(new CallToolResult { Content = [new TextContent { Text = text }], IsError = isError });

    /// <summary>Answers with a JSON-RPC error; over modern HTTP under the status that 2026-07-28 wants for its code: 404 for -32601, 400 for -32020 to -32022.</summary>
    /// <param name="code">The code, for example -32602.</param>
    /// <param name="message">The message.</param>
    /// <param name="data">The member <c>data</c>; <c>null</c> leaves it out.</param>
    /// <exception cref="ScriptException">The request was answered before.</exception>
    public Task ErrorAsync(int code, string message, JToken? data = null)
    {
        var error = new JObject { ["code"] = code, ["message"] = message };
        if (data is not null)
        {
            error["data"] = data;
        }

        return AnswerAsync($$"""{"jsonrpc":"2.0","id":{{IdText}},"error":{{error.ToString(Formatting.None)}}}""", StatusOf(code));
    }

    /// <summary>Answers with a whole message that is sent as it is written here, whatever it is: nothing is added to it or looked at.</summary>
    /// <param name="message">The message; on a pipe everything up to a line end is one.</param>
    /// <exception cref="ScriptException">The request was answered before.</exception>
    public Task AnswerAsync(string message) => AnswerAsync(message, status: null);

    /// <summary>Reports progress; nothing is sent if the client wants none.</summary>
    /// <param name="progress">How far it is; should grow.</param>
    /// <param name="total">How far it goes; <c>null</c> if that is unknown.</param>
    /// <param name="message">What is being done.</param>
    public Task ProgressAsync(double progress, double? total = null, string? message = null)
    {
        if (ProgressToken is not { } token)
        {
            return Task.CompletedTask;
        }

        var parameters = new JObject { ["progressToken"] = token.DeepClone(), ["progress"] = progress };
        if (total is not null)
        {
            parameters["total"] = total;
        }

        if (message is not null)
        {
            parameters["message"] = message;
        }

        return NotifyAsync(MethodNames.Progress, parameters);
    }

    /// <summary>Sends a notification before the answer; over HTTP on this request's own response, which becomes a stream.</summary>
    /// <param name="method">The method.</param>
    /// <param name="parameters">The member <c>params</c>; <c>null</c> leaves it out.</param>
    public Task NotifyAsync(string method, JObject? parameters = null) => SendAsync(Message.Notification(method, parameters));

    /// <summary>Asks the client something while it waits for this answer (legacy: <c>sampling/createMessage</c>, <c>elicitation/create</c>, <c>roots/list</c>).</summary>
    /// <param name="method">The method.</param>
    /// <param name="parameters">The member <c>params</c>; <c>null</c> leaves it out.</param>
    /// <returns>The client's result.</returns>
    /// <exception cref="ScriptedErrorException">The client answered with an error.</exception>
    /// <exception cref="ScriptException">No answer came within <see cref="ScriptedServer.Patience"/>; or the request is modern, where a server asks by the result <c>input_required</c>.</exception>
    public Task<JObject> RequestAsync(string method, JObject? parameters = null) => Era == Era.Modern
        ? throw new ScriptException("a modern server does not send requests: reply with the result type input_required")
        : _connection.RequestAsync(Path, method, parameters);

    /// <summary>Sends any message as it is written here; it does not count as the answer.</summary>
    /// <param name="message">The message; on a pipe everything up to a line end is one.</param>
    public Task SendAsync(string message) => Path.WriteAsync(Encoding.UTF8.GetBytes(message), isLast: false);

    /// <summary>The process ends before it answers.</summary>
    /// <inheritdoc cref="ScriptedServer.CrashAsync"/>
    public Task CrashAsync(int exitCode = 1, string? stderr = null)
    {
        Interlocked.Increment(ref _answers);
        return _connection.EndAsync(new ConnectionEnd(exitCode, stderr));
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"request {IdText} on connection {Connection}: {Text}");

    /// <summary>For a fault that stands in place of an answer.</summary>
    internal void CountAsAnswered() => Interlocked.Increment(ref _answers);

    /// <summary>The status under which an error is answered; <c>null</c> = as any other answer.</summary>
    internal int? StatusOf(int code) => Era == Era.Legacy ? null : code switch
    {
        RpcErrorCodes.MethodNotFound => 404,
        RpcErrorCodes.HeaderMismatch or RpcErrorCodes.MissingClientCapability or RpcErrorCodes.UnsupportedProtocolVersion => 400,
        _ => null,
    };

    internal void Cancel()
    {
        if (!_cancelled.IsCancellationRequested)
        {
            // Off the reader's thread: handlers continue here.
            _ = _cancelled.CancelAsync();
        }
    }

    /// <summary>Writes the answer; under a status only where there is one.</summary>
    internal Task EndAsync(byte[] utf8, int? status) => status is { } refusal ? Path.WriteErrorAsync(utf8, refusal) : Path.WriteAsync(utf8, isLast: true);

    private Task AnswerAsync(string message, int? status)
    {
        if (Interlocked.Increment(ref _answers) > 1)
        {
            throw new ScriptException($"{this} was answered before: a second answer is sent with SendAsync");
        }

        _connection.Forget(this);
        var utf8 = Encoding.UTF8.GetBytes(message);
        return Fault is { } fault ? fault.DeliverAsync(this, utf8) : EndAsync(utf8, status);
    }
}
