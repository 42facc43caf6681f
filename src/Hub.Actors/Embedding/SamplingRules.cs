namespace McpHub.Actors.Embedding;

/// <summary>What a client must check in a sampling request before a model sees it (2025-11-25, client/sampling, "Message Content Constraints" and "Error Handling").</summary>
internal static class SamplingRules
{
    /// <summary>What is wrong with the messages; <c>null</c> if nothing.</summary>
    public static string? Problem(IReadOnlyList<SamplingMessage> messages)
    {
        // The uses of the message before, which the next one must answer one by one.
        HashSet<string> open = [];
        foreach (var message in messages)
        {
            var results = message.Content.OfType<ToolResultContent>().Select(result => result.ToolUseId).ToList();
            var uses = message.Content.OfType<ToolUseContent>().Select(use => use.Id).ToHashSet(StringComparer.Ordinal);
            if (results.Count > 0 && (message.Role != "user" || results.Count != message.Content.Count))
            {
                return "Tool results mixed with other content";
            }

            if (uses.Count > 0 && message.Role != "assistant")
            {
                return "Tool use in a message that is not the assistant's";
            }

            if (open.Count > 0 && !open.IsSubsetOf(results))
            {
                return "Tool result missing in request";
            }

            if (results.Count != results.Distinct(StringComparer.Ordinal).Count() || results.Any(id => !open.Contains(id)))
            {
                return "Tool result without its tool use in request";
            }

            open = uses;
        }

        return open.Count > 0 ? "Tool result missing in request" : null;
    }
}
