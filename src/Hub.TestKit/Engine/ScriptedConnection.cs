using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace McpHub.Testing.Engine;

/// <summary>How a server's process ends.</summary>
/// <param name="ExitCode">Its exit code; <c>null</c>: it is killed, as by SIGKILL, and its sockets are reset.</param>
/// <param name="Stderr">What it writes to standard error before; <c>null</c> = nothing.</param>
internal sealed record ConnectionEnd(int? ExitCode = null, string? Stderr = null);

/// <summary>Where messages to the client go: the one stream of a channel, or the response of one HTTP request.</summary>
internal abstract class ReplyPath
{
    /// <summary>Writes a message, framed.</summary>
    /// <param name="utf8">The message, or whatever stands in its place.</param>
    /// <param name="isLast">Whether it is the answer, after which an HTTP response ends.</param>
    public abstract Task WriteAsync(ReadOnlyMemory<byte> utf8, bool isLast);

    /// <summary>Writes the first bytes of an answer, and nothing behind them.</summary>
    public abstract Task WritePartAsync(ReadOnlyMemory<byte> utf8, int bytes);

    /// <summary>Answers with an HTTP status. False where there is no HTTP.</summary>
    public virtual Task<bool> WriteStatusAsync(int status, string contentType, string body) => Task.FromResult(false);

    /// <summary>Writes an answer that is an error, over HTTP under a status unless its response has begun.</summary>
    public virtual Task WriteErrorAsync(ReadOnlyMemory<byte> utf8, int status) => WriteAsync(utf8, isLast: true);
}

/// <summary>A connection of a scripted server, whatever carries it.</summary>
internal abstract class ScriptedConnection(ScriptedServer server, int number)
{
    private readonly ConcurrentDictionary<string, ScriptedRequest> _running = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<JObject>> _asked = new();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _lastId;

    public ScriptedServer Server => server;

    public int Number => number;

    /// <summary>Completes when the connection is gone.</summary>
    public Task Closed => _closed.Task;

    /// <summary>The modern client's open <c>subscriptions/listen</c> requests.</summary>
    public ConcurrentDictionary<string, ScriptedRequest> Listening { get; } = new();

    /// <summary>Legacy: the resources that the client subscribed to.</summary>
    public ConcurrentDictionary<string, bool> Subscribed { get; } = new();

    /// <summary>True once the client has shaken hands the legacy way: it takes notifications without asking for them.</summary>
    public bool IsLegacy { get; set; }

    /// <summary>Where a message goes that belongs to no request; <c>null</c> where there is no such way.</summary>
    public abstract ReplyPath? Unasked { get; }

    /// <summary>Ends it; completes when it is gone, as far as that can be seen from here.</summary>
    public abstract Task EndAsync(ConnectionEnd how);

    /// <summary>Whether the server takes what the client sends.</summary>
    public abstract bool StopsReading { get; set; }

    public void Receive(byte[] utf8, ReplyPath path, IReadOnlyDictionary<string, string>? headers = null)
    {
        var json = ReceivedMessage.Parse(utf8);
        if (json is null || json["method"] is null || json["id"] is not { } id)
        {
            var message = new ReceivedMessage(Number, utf8, json, headers);
            OnMessage(message);
            server.Record(message);
            return;
        }

        var request = new ScriptedRequest(this, path, utf8, json, headers);
        _running[id.ToString(Formatting.None)] = request;
        server.Record(request);
        server.Handle(request);
    }

    public async Task<JObject> RequestAsync(ReplyPath path, string method, JObject? parameters)
    {
        var id = "s-" + Interlocked.Increment(ref _lastId).ToString(CultureInfo.InvariantCulture);
        var asked = _asked[id] = new TaskCompletionSource<JObject>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await path.WriteAsync(Encoding.UTF8.GetBytes(Message.Request(id, method, parameters)), isLast: false).ConfigureAwait(false);
            return await asked.Task.WaitAsync(server.Patience).ConfigureAwait(false);
        }
        catch (TimeoutException late)
        {
            throw new ScriptException($"the client did not answer {method} within {server.Patience}", late);
        }
        finally
        {
            _asked.TryRemove(id, out _);
        }
    }

    public void Forget(ScriptedRequest request)
    {
        _running.TryRemove(request.IdText, out _);
        Listening.TryRemove(request.IdText, out _);
    }

    /// <summary>A request of this connection ended without an answer of the server: the client went away.</summary>
    public void Cancel(string id)
    {
        if (_running.TryRemove(id, out var request))
        {
            Listening.TryRemove(id, out _);
            request.Cancel();
        }
    }

    protected void OnClosed()
    {
        if (!_closed.TrySetResult())
        {
            return;
        }

        foreach (var id in _running.Keys)
        {
            Cancel(id);
        }

        foreach (var asked in _asked.Values)
        {
            asked.TrySetException(new ScriptException("the connection ended before the client answered"));
        }

        server.OnClosed(this);
    }

    private void OnMessage(ReceivedMessage message)
    {
        if (message.Method == Protocol.Revisions.MethodNames.Cancelled && message.Params["requestId"] is { } cancelled)
        {
            Cancel(cancelled.ToString(Formatting.None));
        }
        else if (message is { Method: null, Json: { } json } && (json["id"] as JValue)?.Value is string id && _asked.TryGetValue(id, out var asked))
        {
            if (json["error"] is JObject error)
            {
                asked.TrySetException(new ScriptedErrorException((int?)error["code"] ?? 0, (string?)error["message"] ?? "", error["data"]));
            }
            else
            {
                asked.TrySetResult(json["result"] as JObject ?? []);
            }
        }
    }
}
