using System.Text;
using McpHub.Protocol.Revisions;
using McpHub.Testing.Engine;
using Newtonsoft.Json;

namespace McpHub.Testing;

/// <summary>What goes wrong with a request (<see cref="ScriptedServer.FailNext"/>).</summary>
public abstract class Fault
{
    private protected Fault()
    {
    }

    /// <summary>No answer, ever. The handler does not run.</summary>
    public static Fault Hang { get; } = new InPlace(_ => Task.CompletedTask);

    /// <summary>The process is killed, as by SIGKILL or a lost network, when the request arrives: nothing more is said; sockets are reset.</summary>
    public static Fault Reset { get; } = new InPlace(request => request.Owner.EndAsync(new ConnectionEnd()));

    /// <summary>The first half of the answer is written, then the process is killed.</summary>
    public static Fault Half { get; } = new Delivery(async (request, answer) =>
    {
        await request.Path.WritePartAsync(answer, answer.Length / 2).ConfigureAwait(false);
        await request.Owner.EndAsync(new ConnectionEnd()).ConfigureAwait(false);
    });

    /// <summary>The answer comes twice.</summary>
    public static Fault Twice { get; } = new Delivery(async (request, answer) =>
    {
        await request.Path.WriteAsync(answer, isLast: false).ConfigureAwait(false);
        await request.Path.WriteAsync(answer, isLast: true).ConfigureAwait(false);
    });

    /// <summary>
    /// Over HTTP a legacy session is forgotten: this request and all that name it are answered 404 (2025-11-25, transports, "Session Management"). Elsewhere the connection ends.
    /// </summary>
    public static Fault SessionLoss { get; } = new InPlace(async request =>
    {
        if (await request.Path.WriteStatusAsync(404, "text/plain", "no such session").ConfigureAwait(false))
        {
            request.Owner.Server.LoseSessions();
        }
        else
        {
            await request.Owner.EndAsync(new ConnectionEnd()).ConfigureAwait(false);
        }
    });

    internal virtual int Times => 1;

    /// <summary>The process ends when the request arrives.</summary>
    /// <param name="exitCode">Its exit code; over HTTP there is none to see.</param>
    /// <param name="stderr">What it writes to standard error before.</param>
    public static Fault Crash(int exitCode = 1, string? stderr = null) => new InPlace(request => request.Owner.EndAsync(new ConnectionEnd(exitCode, stderr)));

    /// <summary>Something else than a message comes in place of the answer: on a pipe a line, over HTTP the body.</summary>
    /// <param name="text">What comes.</param>
    public static Fault Garbage(string text = "Traceback (most recent call last): something else than JSON") =>
        new InPlace(request => request.Path.WriteAsync(Encoding.UTF8.GetBytes(text), isLast: true));

    /// <summary>Something else than a message comes before the right answer, as from a server that logs to standard output.</summary>
    /// <param name="text">What comes.</param>
    public static Fault Noise(string text = "INFO: handling a request") => new Delivery(async (request, answer) =>
    {
        await request.Path.WriteAsync(Encoding.UTF8.GetBytes(text), isLast: false).ConfigureAwait(false);
        await request.Path.WriteAsync(answer, isLast: true).ConfigureAwait(false);
    });

    /// <summary>The right answer comes late, by the clock of the server (<see cref="ScriptedServer.Time"/>).</summary>
    /// <param name="by">How late.</param>
    public static Fault Late(TimeSpan by) => new Delivery(async (request, answer) =>
    {
        await Task.Delay(by, request.Owner.Server.Time).ConfigureAwait(false);
        await request.Path.WriteAsync(answer, isLast: true).ConfigureAwait(false);
    });

    /// <summary>Answers are held until there are so many, and then come in the opposite order of the requests.</summary>
    /// <param name="count">How many.</param>
    public static Fault Reversed(int count) => new Reversal(count);

    /// <summary>The text of the answer is changed: another id, a missing brace, a member twice.</summary>
    /// <param name="rewrite">From the right text to what is sent.</param>
    public static Fault Rewritten(Func<string, string> rewrite) =>
        new Delivery((request, answer) => request.Path.WriteAsync(Encoding.UTF8.GetBytes(rewrite(Encoding.UTF8.GetString(answer))), isLast: true));

    /// <summary>The answer is a JSON-RPC error, and the handler does not run.</summary>
    /// <param name="code">The code, for example -32603.</param>
    /// <param name="message">The message.</param>
    public static Fault Error(int code, string message = "refused by the script") => new InPlace(request => RefuseAsync(request, code, message));

    /// <summary>HTTP answers with this status, and the handler does not run. Where there is no HTTP: JSON-RPC error -32603.</summary>
    /// <param name="status">The status, for example 503.</param>
    /// <param name="body">The body.</param>
    /// <param name="contentType">Its content type.</param>
    public static Fault HttpStatus(int status, string body = "", string contentType = "text/plain") => new InPlace(async request =>
    {
        if (!await request.Path.WriteStatusAsync(status, contentType, body).ConfigureAwait(false))
        {
            await RefuseAsync(request, RpcErrorCodes.InternalError, $"HTTP {status}").ConfigureAwait(false);
        }
    });

    /// <summary>The request has arrived. True: that was all, no handler runs.</summary>
    internal virtual Task<bool> BeginAsync(ScriptedRequest request) => Task.FromResult(false);

    /// <summary>The handler has answered.</summary>
    internal virtual Task DeliverAsync(ScriptedRequest request, byte[] answer) => request.Path.WriteAsync(answer, isLast: true);

    private static Task RefuseAsync(ScriptedRequest request, int code, string message) => request.EndAsync(
        Encoding.UTF8.GetBytes($$$"""{"jsonrpc":"2.0","id":{{{request.IdText}}},"error":{"code":{{{code}}},"message":{{{JsonConvert.ToString(message)}}}}}"""), request.StatusOf(code));

    private sealed class InPlace(Func<ScriptedRequest, Task> happens) : Fault
    {
        internal override async Task<bool> BeginAsync(ScriptedRequest request)
        {
            request.CountAsAnswered();
            await happens(request).ConfigureAwait(false);
            return true;
        }
    }

    private sealed class Delivery(Func<ScriptedRequest, byte[], Task> deliver) : Fault
    {
        internal override Task DeliverAsync(ScriptedRequest request, byte[] answer) => deliver(request, answer);
    }

    private sealed class Reversal(int count) : Fault
    {
        private readonly List<(ScriptedRequest Request, byte[] Answer)> _held = [];

        internal override int Times => count;

        internal override async Task DeliverAsync(ScriptedRequest request, byte[] answer)
        {
            (ScriptedRequest Request, byte[] Answer)[] all;
            lock (_held)
            {
                _held.Add((request, answer));
                if (_held.Count < count)
                {
                    return;
                }

                // The opposite order of arrival, whatever the order in which the handlers ended.
                all = [.. _held.OrderByDescending(held => held.Request.Order)];
                _held.Clear();
            }

            foreach (var held in all)
            {
                await held.Request.Path.WriteAsync(held.Answer, isLast: true).ConfigureAwait(false);
            }
        }
    }
}
