using System.Globalization;

namespace McpHub.Testing.Engine;

/// <summary>What happened, in order, and waiting for it in real time. Each expectation takes the first item that fits and that none took before. Thread-safe.</summary>
/// <param name="owner">Whose record it is, for the message of a failure.</param>
/// <param name="patience">How long an expectation waits.</param>
/// <param name="describe">An item in the message of a failure.</param>
internal sealed class Recorder<T>(string owner, Func<TimeSpan> patience, Func<T, string> describe)
{
    // What a failure names at most; a flood is not read by anybody.
    private const int NamedItems = 20;

    private readonly Lock _gate = new();
    private readonly List<(T Item, bool IsTaken)> _items = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<T> Items
    {
        get
        {
            lock (_gate)
            {
                return [.. _items.Select(entry => entry.Item)];
            }
        }
    }

    public void Add(T item)
    {
        lock (_gate)
        {
            _items.Add((item, false));
        }

        Changed();
    }

    /// <summary>Something else happened that <see cref="UntilAsync"/> may wait for.</summary>
    public void Changed()
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            (changed, _changed) = (_changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        changed.TrySetResult();
    }

    public async Task<T> ExpectAsync(string what, Func<T, bool> match)
    {
        T? found = default;
        await UntilAsync(what, () =>
        {
            lock (_gate)
            {
                var place = _items.FindIndex(entry => !entry.IsTaken && match(entry.Item));
                if (place >= 0)
                {
                    found = _items[place].Item;
                    _items[place] = (found, true);
                }

                return place >= 0;
            }
        }).ConfigureAwait(false);
        return found!;
    }

    /// <summary>Waits until it holds; it is looked at after every change.</summary>
    /// <exception cref="ScriptException">It did not.</exception>
    public async Task UntilAsync(string what, Func<bool> holds)
    {
        var limit = patience();
        using var late = new CancellationTokenSource(limit);
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                changed = _changed.Task;
            }

            if (holds())
            {
                return;
            }

            try
            {
                await changed.WaitAsync(late.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException cause)
            {
                throw new ScriptException($"{owner} expected {what} within {limit.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s; {Rest()}", cause);
            }
        }
    }

    private string Rest()
    {
        lock (_gate)
        {
            var rest = _items.Where(entry => !entry.IsTaken).Select(entry => describe(entry.Item)).ToArray();
            return rest.Length == 0 ? "nothing came that was not expected before" : $"came and not expected: {string.Join(", ", rest.TakeLast(NamedItems))}";
        }
    }
}
