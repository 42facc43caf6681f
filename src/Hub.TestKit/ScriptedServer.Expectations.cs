using System.Globalization;
using McpHub.Testing.Engine;

namespace McpHub.Testing;

/// <content>What arrived, and waiting for it.</content>
public sealed partial class ScriptedServer
{
    private readonly List<ReceivedMessage> _received = [];
    private readonly HashSet<ReceivedMessage> _expected = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _expectedConnections;

    /// <summary>Every message that arrived, in order, whatever became of it. A snapshot.</summary>
    public IReadOnlyList<ReceivedMessage> Received
    {
        get
        {
            lock (_gate)
            {
                return [.. _received];
            }
        }
    }

    /// <summary>The requests of a method that arrived, in order. A snapshot.</summary>
    /// <param name="method">The method, for example <c>tools/call</c>.</param>
    public IReadOnlyList<ScriptedRequest> Requests(string method) => [.. Received.OfType<ScriptedRequest>().Where(request => request.Method == method)];

    /// <summary>Waits for the next request of a method that no earlier expectation took, whether it is answered by then or not. What arrives besides it does not matter.</summary>
    /// <param name="method">The method, for example <c>tools/call</c>.</param>
    /// <param name="match">Further conditions; <c>null</c> = none.</param>
    /// <exception cref="ScriptException">None came within <see cref="Patience"/>; the message says what did.</exception>
    public async Task<ScriptedRequest> ExpectRequestAsync(string method, Func<ScriptedRequest, bool>? match = null) =>
        (ScriptedRequest)await ExpectAsync($"a request {method}", message => message is ScriptedRequest request && request.Method == method && match?.Invoke(request) != false).ConfigureAwait(false);

    /// <summary>Waits for the next notification of a method that no earlier expectation took.</summary>
    /// <param name="method">The method, for example <c>notifications/cancelled</c>.</param>
    /// <param name="match">Further conditions; <c>null</c> = none.</param>
    /// <exception cref="ScriptException">None came within <see cref="Patience"/>; the message says what did.</exception>
    public Task<ReceivedMessage> ExpectNotificationAsync(string method, Func<ReceivedMessage, bool>? match = null) =>
        ExpectAsync($"a notification {method}", message => message is not ScriptedRequest && message.Method == method && match?.Invoke(message) != false);

    /// <summary>Waits for the next connection: the first, or the one after a crash. Over HTTP it begins with the first request.</summary>
    /// <returns>Its number, as in <see cref="ReceivedMessage.Connection"/>.</returns>
    /// <exception cref="ScriptException">None came within <see cref="Patience"/>.</exception>
    public Task<int> ExpectConnectionAsync() => UntilAsync("a connection", () =>
    {
        if (_expectedConnections < Volatile.Read(ref _lastConnection))
        {
            return (true, ++_expectedConnections);
        }

        return (false, 0);
    });

    /// <summary>Waits until no connection is open.</summary>
    /// <exception cref="ScriptException">One still is after <see cref="Patience"/>.</exception>
    public Task ExpectNoConnectionAsync() => UntilAsync("the end of all connections", () => (_connections.Count == 0, 0));

    internal void Record(ReceivedMessage message)
    {
        lock (_gate)
        {
            if (message is ScriptedRequest request)
            {
                request.Order = _received.Count;
            }

            _received.Add(message);
        }

        Changed();
    }

    private Task<ReceivedMessage> ExpectAsync(string what, Func<ReceivedMessage, bool> match) => UntilAsync(what, () =>
    {
        var found = _received.Find(message => !_expected.Contains(message) && match(message));
        if (found is not null)
        {
            _expected.Add(found);
        }

        return (found is not null, found!);
    });

    /// <param name="what">For the message of a failure.</param>
    /// <param name="find">Asked under the lock, at once and after every change.</param>
    private async Task<T> UntilAsync<T>(string what, Func<(bool Found, T Value)> find)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                var (found, value) = find();
                if (found)
                {
                    return value;
                }

                changed = _changed.Task;
            }

            try
            {
                await changed.WaitAsync(limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException late)
            {
                throw new ScriptException($"\"{Name}\" expected {what} within {Patience.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s; {Arrived()}", late);
            }
        }
    }

    private string Arrived()
    {
        lock (_gate)
        {
            var rest = _received.Where(message => !_expected.Contains(message)).Select(message => message.Method ?? (message.Json is null ? "something that is no JSON object" : "a response")).ToArray();
            return rest.Length == 0
                ? $"nothing arrived that was not expected before ({_connections.Count} connections are open)"
                : $"arrived and not expected: {string.Join(", ", rest.TakeLast(20))}";
        }
    }

    private void Changed()
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            (changed, _changed) = (_changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        changed.TrySetResult();
    }
}
