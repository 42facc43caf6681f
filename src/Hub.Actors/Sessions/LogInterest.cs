namespace McpHub.Actors.Sessions;

/// <summary>
/// What the clients of a hub want of its servers' log messages: one count per level over all legacy sessions. What legacy servers are told is the most
/// verbose of it. Thread-safe.
/// </summary>
internal sealed class LogInterest
{
    /// <summary>The level of a session that never set one: legacy servers then decide themselves what they send (contract 3.3, rule 14).</summary>
    public const LoggingLevel Unasked = LoggingLevel.Info;

    private readonly Lock _lock = new();
    private readonly int[] _sessions = new int[Enum.GetValues<LoggingLevel>().Length];
    private int _asked;

    /// <summary>Whether any session that is open has set a level.</summary>
    public bool IsAsked
    {
        get
        {
            lock (_lock)
            {
                return _asked > 0;
            }
        }
    }

    /// <summary>The most verbose of the levels of all open sessions and <paramref name="own"/>.</summary>
    public LoggingLevel MostVerbose(LoggingLevel own)
    {
        lock (_lock)
        {
            var first = Array.FindIndex(_sessions, count => count > 0);
            return first >= 0 && first < (int)own ? (LoggingLevel)first : own;
        }
    }

    /// <summary>The floor of a new legacy session; to be closed with it.</summary>
    public LogFloor OpenSession()
    {
        lock (_lock)
        {
            _sessions[(int)Unasked]++;
        }

        return new LogFloor(this, Unasked, isAsked: false);
    }

    /// <summary>The floor of one request that names its own level (2026-07-28, logging).</summary>
    public LogFloor ForRequest(LoggingLevel level) => new(this, level, isAsked: true);

    internal void Move(LoggingLevel from, LoggingLevel? to, int asked)
    {
        lock (_lock)
        {
            _sessions[(int)from]--;
            _asked += asked;
            if (to is { } level)
            {
                _sessions[(int)level]++;
            }
        }
    }
}

/// <summary>The least severe log message that a client takes: of all calls of a legacy session, or of one modern request. Thread-safe.</summary>
internal sealed class LogFloor
{
    private readonly LogInterest _interest;
    private readonly Lock _lock = new();
    private volatile int _level;
    private volatile bool _isAsked;
    private bool _isClosed;

    internal LogFloor(LogInterest interest, LoggingLevel level, bool isAsked) => (_interest, _level, _isAsked) = (interest, (int)level, isAsked);

    public LogInterest Interest => _interest;

    public LoggingLevel Level => (LoggingLevel)_level;

    /// <summary>The client named the level itself.</summary>
    public bool IsAsked => _isAsked;

    public bool Admits(LoggingLevel severity) => (int)severity >= _level;

    /// <summary>The session's client set another level.</summary>
    public void Set(LoggingLevel level)
    {
        lock (_lock)
        {
            if (!_isClosed)
            {
                _interest.Move(Level, level, asked: _isAsked ? 0 : 1);
                _level = (int)level;
                _isAsked = true;
            }
        }
    }

    /// <summary>The session has ended.</summary>
    public void Close()
    {
        lock (_lock)
        {
            if (!_isClosed)
            {
                _isClosed = true;
                _interest.Move(Level, null, asked: _isAsked ? -1 : 0);
            }
        }
    }
}
