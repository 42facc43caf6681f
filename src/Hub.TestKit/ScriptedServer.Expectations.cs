using McpHub.Testing.Engine;

namespace McpHub.Testing;

/// <content>What arrived, and waiting for it.</content>
public sealed partial class ScriptedServer
{
    private readonly Recorder<ReceivedMessage> _received;
    private readonly Recorder<int> _opened;

    /// <summary>Every message that arrived, in order, whatever became of it. A snapshot.</summary>
    public IReadOnlyList<ReceivedMessage> Received => _received.Items;

    /// <summary>The requests of a method that arrived, in order. A snapshot.</summary>
    /// <param name="method">The method, for example <c>tools/call</c>.</param>
    public IReadOnlyList<ScriptedRequest> Requests(string method) => [.. Received.OfType<ScriptedRequest>().Where(request => request.Method == method)];

    /// <summary>Waits for the next request of a method that no earlier expectation took, whether it is answered by then or not. What arrives besides it does not matter.</summary>
    /// <param name="method">The method, for example <c>tools/call</c>.</param>
    /// <param name="match">Further conditions; <c>null</c> = none.</param>
    /// <exception cref="ScriptException">None came within <see cref="Patience"/>; the message says what did.</exception>
    public async Task<ScriptedRequest> ExpectRequestAsync(string method, Func<ScriptedRequest, bool>? match = null) =>
        (ScriptedRequest)await _received.ExpectAsync($"a request {method}", message => message is ScriptedRequest request && request.Method == method && match?.Invoke(request) != false).ConfigureAwait(false);

    /// <summary>Waits for the next notification of a method that no earlier expectation took.</summary>
    /// <param name="method">The method, for example <c>notifications/cancelled</c>.</param>
    /// <param name="match">Further conditions; <c>null</c> = none.</param>
    /// <exception cref="ScriptException">None came within <see cref="Patience"/>; the message says what did.</exception>
    public Task<ReceivedMessage> ExpectNotificationAsync(string method, Func<ReceivedMessage, bool>? match = null) =>
        _received.ExpectAsync($"a notification {method}", message => message is not ScriptedRequest && message.Method == method && match?.Invoke(message) != false);

    /// <summary>Waits for the next connection: the first, or the one after a crash. Over HTTP it begins with the first request.</summary>
    /// <returns>Its number, as in <see cref="ReceivedMessage.Connection"/>.</returns>
    /// <exception cref="ScriptException">None came within <see cref="Patience"/>.</exception>
    public Task<int> ExpectConnectionAsync() => _opened.ExpectAsync("a connection", _ => true);

    /// <summary>Waits until no connection is open.</summary>
    /// <exception cref="ScriptException">One still is after <see cref="Patience"/>.</exception>
    public Task ExpectNoConnectionAsync() => _opened.UntilAsync("the end of all connections", () => ConnectionCount == 0);

    internal void Record(ReceivedMessage message)
    {
        if (message is ScriptedRequest request)
        {
            request.Order = Interlocked.Increment(ref _lastMessage);
        }

        _received.Add(message);
    }

    private static string Describe(ReceivedMessage message) => message.Method ?? (message.Json is null ? "something that is no JSON object" : "a response");
}
