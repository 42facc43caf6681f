using Microsoft.Extensions.AI;

namespace McpHub.Extensions.AI.Tests;

/// <summary>A model that says what the test lets it say, one turn after the other, and remembers what it was shown.</summary>
internal sealed class ScriptedChatClient(params Func<IReadOnlyList<ChatMessage>, ChatMessage>[] turns) : IChatClient
{
    private readonly Queue<Func<IReadOnlyList<ChatMessage>, ChatMessage>> _turns = new(turns);

    /// <summary>The tools of the last request, as a model service would be told of them.</summary>
    public IReadOnlyList<AIFunctionDeclaration> Offered { get; private set; } = [];

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        Offered = [.. options?.Tools?.OfType<AIFunctionDeclaration>() ?? []];
        return Task.FromResult(new ChatResponse(_turns.Dequeue()([.. messages])));
    }

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose()
    {
    }

    /// <summary>A turn that calls functions.</summary>
    public static Func<IReadOnlyList<ChatMessage>, ChatMessage> Calls(params (string Name, Dictionary<string, object?> Arguments)[] calls) =>
        _ => new ChatMessage(ChatRole.Assistant, [.. calls.Select((call, i) => new FunctionCallContent($"call-{i}", call.Name, call.Arguments))]);

    /// <summary>A turn that says something about the results of the calls before.</summary>
    public static Func<IReadOnlyList<ChatMessage>, ChatMessage> Says(Func<IReadOnlyList<FunctionResultContent>, string> text) =>
        messages => new ChatMessage(ChatRole.Assistant, text([.. messages[^1].Contents.OfType<FunctionResultContent>()]));
}
