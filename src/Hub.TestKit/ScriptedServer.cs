using McpHub.Protocol.Revisions;
using McpHub.Testing.Engine;
using McpHub.Testing.Http;
using McpHub.Testing.InProcess;
using McpHub.Testing.Pipes;
using Newtonsoft.Json.Linq;

namespace McpHub.Testing;

/// <summary>
/// An MCP server that does what a test says. Declare what it offers (<see cref="Tool(string, Func{ScriptedRequest, string}, string?)"/>, <see cref="Prompt(string, Func{ScriptedRequest, string}, string?)"/>,
/// <see cref="Resource(string, string, string?, string?)"/>), or answer step by step (<see cref="ByHand"/>, <see cref="ExpectRequestAsync"/>), let it fail (<see cref="FailNext"/>,
/// <see cref="CrashAsync"/>), and connect to it over whatever carries it: <see cref="InProcess"/>, <see cref="OverPipe"/>, <see cref="OverHttp"/>.
/// The script runs in the test's process on every one of them, so the same test holds for all.
/// </summary>
/// <remarks>
/// It answers the handshake of both eras, pings and lists by itself; what nobody declared gets -32601, an unknown tool -32602. Handlers run in parallel, each request on a task of
/// its own. Everything that arrives is in <see cref="Received"/>. Thread-safe; declarations may be added at any time.
/// </remarks>
public sealed partial class ScriptedServer : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<ScriptedConnection> _connections = [];
    private readonly Lazy<PipeListener> _pipes;
    private readonly Lazy<HttpEndpoint> _http;
    private int _lastConnection;
    private int _lastMessage;
    private volatile bool _isDown;
    private volatile bool _isDisposed;

    /// <summary>Makes a server. Nothing is started before something connects to it.</summary>
    /// <param name="name">What it calls itself, and its id in a group.</param>
    /// <param name="era">The only era it speaks; <c>null</c> = both.</param>
    public ScriptedServer(string name = "scripted", Era? era = null)
    {
        (Name, SpokenEra) = (name, era);
        _received = new Recorder<ReceivedMessage>($"\"{name}\"", () => Patience, Describe);
        _opened = new Recorder<int>($"\"{name}\"", () => Patience, number => $"connection {number}");
        _pipes = new Lazy<PipeListener>(() => new PipeListener(this));
        _http = new Lazy<HttpEndpoint>(() => new HttpEndpoint(this));
    }

    /// <summary>What it calls itself, and its id in a group.</summary>
    public string Name { get; }

    /// <summary>The only era it speaks.</summary>
    /// <value>Default <c>null</c>: both.</value>
    public Era? SpokenEra { get; }

    /// <summary>The clock of late answers. <see cref="HubTestKit.CreateServer"/> sets the virtual one.</summary>
    /// <value>Default <see cref="TimeProvider.System"/>.</value>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How long an expectation waits, in real time.</summary>
    /// <value>Default 10 s.</value>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The revision that a legacy handshake is answered with.</summary>
    /// <value>Default <c>null</c>: the one that the client asked for.</value>
    public string? Revision { get; init; }

    /// <summary>Guidance for a model.</summary>
    /// <value>Default <c>null</c>: none.</value>
    public string? Instructions { get; init; }

    /// <summary>What it says that it can do.</summary>
    /// <value>Default <c>null</c>: tools, prompts and resources with their change notifications, subscriptions, logging, and completion if <see cref="On"/> answers it.</value>
    public JObject? Capabilities { get; init; }

    /// <summary>Items on one page of a list.</summary>
    /// <value>Default: all on one.</value>
    public int PageSize { get; init; } = int.MaxValue;

    /// <summary>Cuts everything that is written into pieces of so many bytes, each with a write of its own; 1 = single bytes.</summary>
    /// <value>Default <c>null</c>: whole messages.</value>
    public int? SliceBytes { get; init; }

    /// <summary>A child process that neither the end of its input nor SIGTERM ends (<see cref="OverPipe"/>).</summary>
    /// <value>Default <c>false</c>.</value>
    public bool IsStubborn { get; init; }

    /// <summary>Over HTTP every answer is a stream of events; else only those that something comes before.</summary>
    /// <value>Default <c>false</c>.</value>
    public bool AnswersWithEvents { get; init; }

    /// <summary>While true it cannot be reached: a process ends at once with exit code 1, a socket is reset, and so does what is open now when this is set.</summary>
    /// <value>Default <c>false</c>.</value>
    public bool IsDown
    {
        get => _isDown;
        set
        {
            _isDown = value;
            if (value)
            {
                foreach (var connection in Connections())
                {
                    _ = connection.EndAsync(new ConnectionEnd(1));
                }
            }
        }
    }

    /// <summary>While true it takes nothing of what is sent to it on the connections that are open now: it hangs with all it has.</summary>
    /// <value>Default <c>false</c>.</value>
    public bool StopsReading
    {
        get => Connections().Any(connection => connection.StopsReading);
        set
        {
            foreach (var connection in Connections())
            {
                connection.StopsReading = value;
            }
        }
    }

    /// <summary>Connections that are open. Over HTTP a legacy session counts as one, and all modern requests together.</summary>
    public int ConnectionCount => Connections().Length;

    /// <summary>A way to it without process or socket: messages are handed over in memory, framed by lines as on a pipe. For virtual time, and for speed.</summary>
    /// <returns>What <see cref="ClientSession.ConnectAsync"/> and <see cref="ClientSessionGroup.ConnectToServerAsync"/> take; each connect and reconnect is a new connection.</returns>
    public ServerParameters InProcess() => new InProcessParameters(this) { Name = Name };

    /// <summary>One connection as by <see cref="InProcess"/>, for <c>new ClientSession(transport)</c>.</summary>
    public ITransport OpenTransport()
    {
        var transport = new ScriptedTransport();
        InProcessConnection.Serve(this, transport);
        return transport;
    }

    /// <summary>
    /// A way to it over real pipes: a child process, <c>dotnet</c> running this assembly, that passes on what it reads and writes what the script says. Its exit code, its standard
    /// error and its death are real.
    /// </summary>
    public StdioServerParameters OverPipe() => new(_pipes.Value.Command) { Name = Name };

    /// <summary>A way to it over a socket: Streamable HTTP of both eras on a free port of the loopback address.</summary>
    public StreamableHttpParameters OverHttp() => new(_http.Value.Url) { Name = Name };

    /// <summary>Ends all connections, as the end of its process does; clients may connect again at once.</summary>
    /// <param name="exitCode">The exit code; over HTTP there is none to see.</param>
    /// <param name="stderr">What it writes to standard error before.</param>
    public Task CrashAsync(int exitCode = 1, string? stderr = null) => Task.WhenAll(Connections().Select(connection => connection.EndAsync(new ConnectionEnd(exitCode, stderr))));

    /// <summary>Kills it, as by SIGKILL: nothing is said, sockets are reset. Clients may connect again at once.</summary>
    public Task KillAsync() => Task.WhenAll(Connections().Select(connection => connection.EndAsync(new ConnectionEnd())));

    /// <summary>Over HTTP: forgets all legacy sessions, as a server does that was restarted behind its address; what names one is answered 404.</summary>
    public void LoseSessions()
    {
        if (_http.IsValueCreated)
        {
            _http.Value.LoseSessions();
        }
    }

    /// <summary>Ends all connections, children and sockets.</summary>
    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        await Task.WhenAll(Connections().Select(connection => connection.EndAsync(new ConnectionEnd(0)))).ConfigureAwait(false);
        if (_pipes.IsValueCreated)
        {
            await _pipes.Value.DisposeAsync().ConfigureAwait(false);
        }

        if (_http.IsValueCreated)
        {
            await _http.Value.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Whether it takes a new connection.</summary>
    internal bool IsUp => !_isDown && !_isDisposed;

    internal int NextConnection() => Interlocked.Increment(ref _lastConnection);

    internal void OnOpened(ScriptedConnection connection)
    {
        lock (_gate)
        {
            _connections.Add(connection);
        }

        _opened.Add(connection.Number);
    }

    internal void OnClosed(ScriptedConnection connection)
    {
        lock (_gate)
        {
            _connections.Remove(connection);
        }

        _opened.Changed();
    }

    internal bool Speaks(Era era) => SpokenEra is null || SpokenEra == era;

    private ScriptedConnection[] Connections()
    {
        lock (_gate)
        {
            return [.. _connections];
        }
    }
}
