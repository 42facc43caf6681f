namespace McpHub.Transports.Tests.Contract;

/// <summary>The other end of a connection, in the hands of the test. Disposing it is its polite end, as an answer to the hub's.</summary>
public interface IContractPeer : IAsyncDisposable
{
    /// <summary>Says a message that nobody asked for. Ends when it was written: a hub that does not read delays that.</summary>
    Task SayAsync(ReadOnlyMemory<byte> utf8);

    /// <summary>Says what the framing allows and what is no message.</summary>
    Task MakeNoiseAsync();

    /// <summary>The next message of the hub. Before it is asked for, it is not read; over HTTP, its POST is not answered.</summary>
    Task<Heard> HearAsync();

    /// <summary>Says that it says no more, and goes on listening where the transport lets it.</summary>
    Task EndAsync();

    /// <summary>Goes without a word.</summary>
    void Vanish();
}

/// <summary>A message as it came to the peer.</summary>
/// <param name="Text">The message.</param>
/// <param name="AnswerAsync">Answers it, if it is a request.</param>
public sealed record Heard(string Text, Func<ReadOnlyMemory<byte>, Task> AnswerAsync);
