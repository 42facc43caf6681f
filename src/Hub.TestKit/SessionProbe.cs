using McpHub.Testing.Engine;

namespace McpHub.Testing;

/// <summary>Sees what the callbacks of a <see cref="ClientSession"/> get: log messages, notifications, diagnostics, progress, requests of the server, and its end. Thread-safe.</summary>
public sealed class SessionProbe
{
    private readonly Recorder<LoggingMessage> _logs;
    private readonly Recorder<SessionMessage> _messages;
    private readonly Recorder<ProgressNotification> _progress;
    private readonly Recorder<ServerRequest> _requests;

    /// <summary>Makes a probe.</summary>
    public SessionProbe()
    {
        _logs = new("the session probe", () => Patience, log => $"{log.LevelName} {log.Data}");
        _messages = new("the session probe", () => Patience, message => message is ServerNotification notification ? notification.Method : ((ConnectionDiagnostic)message).Error.Code);
        _progress = new("the session probe", () => Patience, progress => progress.Progress.ToString(System.Globalization.CultureInfo.InvariantCulture));
        _requests = new("the session probe", () => Patience, request => request.GetType().Name);
        Progress = new Recording(_progress);
    }

    /// <summary>How long an expectation waits, in real time.</summary>
    /// <value>Default 10 s.</value>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The server's log messages so far. A snapshot.</summary>
    public IReadOnlyList<LoggingMessage> Logs => _logs.Items;

    /// <summary>The server's notifications except progress, and diagnostics of the connection, so far. A snapshot.</summary>
    public IReadOnlyList<SessionMessage> Messages => _messages.Items;

    /// <summary>What was reported to <see cref="Progress"/> so far. A snapshot.</summary>
    public IReadOnlyList<ProgressNotification> ProgressReports => _progress.Items;

    /// <summary>What the server asked of the client's callbacks so far. A snapshot.</summary>
    public IReadOnlyList<ServerRequest> Requests => _requests.Items;

    /// <summary>For <see cref="CallOptions.Progress"/>.</summary>
    public IProgress<ProgressNotification> Progress { get; }

    /// <summary>Options whose callbacks tell the probe before they do their work. Log messages and notifications are seen also without a callback of the session's own.</summary>
    /// <param name="options">The session's own options; <c>null</c> = defaults.</param>
    public ClientSessionOptions Watch(ClientSessionOptions? options = null)
    {
        options ??= new ClientSessionOptions();
        var (logging, messages, form, url, sampling, roots) =
            (options.LoggingCallback, options.MessageHandler, options.ElicitationFormCallback, options.ElicitationUrlCallback, options.SamplingCallback, options.ListRootsCallback);
        return options with
        {
            LoggingCallback = message =>
            {
                _logs.Add(message);
                return logging?.Invoke(message) ?? default;
            },
            MessageHandler = message =>
            {
                _messages.Add(message);
                return messages?.Invoke(message) ?? default;
            },
            // What is not set stays so: the session would declare it otherwise.
            ElicitationFormCallback = Seen(form),
            ElicitationUrlCallback = Seen(url),
            SamplingCallback = Seen(sampling),
            ListRootsCallback = Seen(roots),
        };
    }

    /// <summary>Waits for the next log message that no earlier expectation took.</summary>
    /// <param name="match">Conditions; <c>null</c> = none.</param>
    /// <exception cref="ScriptException">None came within <see cref="Patience"/>.</exception>
    public Task<LoggingMessage> ExpectLogAsync(Func<LoggingMessage, bool>? match = null) => _logs.ExpectAsync("a log message", log => match?.Invoke(log) != false);

    /// <summary>Waits for the next notification of a method that no earlier expectation took.</summary>
    /// <param name="method">The method, for example <c>notifications/tools/list_changed</c>.</param>
    /// <exception cref="ScriptException">None came within <see cref="Patience"/>.</exception>
    public async Task<ServerNotification> ExpectNotificationAsync(string method) =>
        (ServerNotification)await _messages.ExpectAsync($"a notification {method}", message => message is ServerNotification notification && notification.Method == method).ConfigureAwait(false);

    /// <summary>Waits for the next diagnostic of the connection that no earlier expectation took.</summary>
    /// <param name="code">Its error code, for example <c>HUB2161</c>.</param>
    /// <exception cref="ScriptException">None came within <see cref="Patience"/>.</exception>
    public async Task<ConnectionDiagnostic> ExpectDiagnosticAsync(string code) =>
        (ConnectionDiagnostic)await _messages.ExpectAsync($"a diagnostic {code}", message => message is ConnectionDiagnostic diagnostic && diagnostic.Error.Code == code).ConfigureAwait(false);

    /// <summary>Waits for the next report of progress that no earlier expectation took.</summary>
    /// <exception cref="ScriptException">None came within <see cref="Patience"/>.</exception>
    public Task<ProgressNotification> ExpectProgressAsync() => _progress.ExpectAsync("progress", _ => true);

    /// <summary>Waits for the next request to a callback that no earlier expectation took: <see cref="SamplingRequest"/>, <see cref="ElicitationRequest"/>, <see cref="RootsRequest"/>.</summary>
    /// <exception cref="ScriptException">None came within <see cref="Patience"/>.</exception>
    public async Task<T> ExpectRequestAsync<T>()
        where T : ServerRequest => (T)await _requests.ExpectAsync($"a {typeof(T).Name}", request => request is T).ConfigureAwait(false);

    /// <summary>Waits for the end of a session.</summary>
    /// <param name="session">The session.</param>
    /// <returns>Why it ended.</returns>
    /// <exception cref="ScriptException">It did not end within <see cref="Patience"/>.</exception>
    public async Task<SessionClosed> ExpectClosedAsync(ClientSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        try
        {
            return await session.Completion.WaitAsync(Patience).ConfigureAwait(false);
        }
        catch (TimeoutException late)
        {
            throw new ScriptException($"the session did not end within {Patience}", late);
        }
    }

    private Func<TRequest, CancellationToken, Task<TResult>>? Seen<TRequest, TResult>(Func<TRequest, CancellationToken, Task<TResult>>? callback)
        where TRequest : ServerRequest => callback is null
        ? null
        : (request, ct) =>
        {
            _requests.Add(request);
            return callback(request, ct);
        };

    private sealed class Recording(Recorder<ProgressNotification> reports) : IProgress<ProgressNotification>
    {
        public void Report(ProgressNotification value) => reports.Add(value);
    }
}
