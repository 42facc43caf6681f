using McpHub.Extensions.AI;
using Microsoft.Extensions.AI;

namespace McpHub;

/// <summary>
/// Tools as functions of Microsoft.Extensions.AI: <c>new ChatOptions { Tools = [.. group.AsAIFunctions()] }</c>. A function has the tool's description and schemas, and
/// <c>function.GetService&lt;Tool&gt;()</c> gives the tool itself, with its annotations.
/// </summary>
/// <remarks>
/// <para>
/// What a call gives: the tool's structured content as a <see cref="System.Text.Json.JsonElement"/> (it is what the return schema describes); without any, its only content block, or an
/// array of them: <see cref="Microsoft.Extensions.AI.TextContent"/>, <see cref="DataContent"/> for images, sounds and embedded bytes, and JSON text for what has no such type, links
/// included. <c>null</c> if there is nothing. Each block keeps the one it came as in <see cref="AIContent.RawRepresentation"/>.
/// </para>
/// <para>
/// A tool that failed gives <c>{"isError":true,"content":[...]}</c>, so that the model reads what was wrong and can try again. Everything else, such as a server that is down, is the
/// exception that the call would throw; what the model is told of it is the chat client's choice.
/// </para>
/// </remarks>
public static class AIFunctionExtensions
{
    /// <summary>All tools of the group at this moment. A call goes to whichever server owns the tool when it is made.</summary>
    /// <param name="group">The group.</param>
    /// <param name="options">Names and calls.</param>
    /// <returns>A snapshot like <see cref="ClientSessionGroup.Tools"/>, in its order; ask again for the next one. A tool whose description no type fits has its name and takes any object.</returns>
    public static IReadOnlyList<AIFunction> AsAIFunctions(this ClientSessionGroup group, AIFunctionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(group);
        var tools = group.Tools.Values.ToList();
        var names = FunctionNames.Of([.. tools.Select(tool => tool.Name)], options?.Name);
        return [.. tools.Select((tool, i) => new ToolFunction(
            names[i], Described(tool), tool, (arguments, ct) => group.CallToolAsync(tool.Name, arguments, options?.Call, ct)))];
    }

    /// <summary>All tools of one server, all pages.</summary>
    /// <param name="session">The session; it must be open.</param>
    /// <param name="options">Names and calls.</param>
    /// <param name="ct">Gives the listing up.</param>
    /// <exception cref="HubException">As for <see cref="ClientSession.ListAllToolsAsync"/>.</exception>
    public static async Task<IReadOnlyList<AIFunction>> ListAIFunctionsAsync(this ClientSession session, AIFunctionOptions? options = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        var tools = new List<Tool>();
        await foreach (var tool in session.ListAllToolsAsync(ct).ConfigureAwait(false))
        {
            tools.Add(tool);
        }

        var names = FunctionNames.Of([.. tools.Select(tool => tool.Name)], options?.Name);
        return [.. tools.Select((tool, i) => new ToolFunction(
            names[i], tool, null, (arguments, cancel) => session.CallToolAsync(tool.Name, arguments, options?.Call, cancel)))];
    }

    private static Tool? Described(GroupTool tool)
    {
        try
        {
            return tool.Tool;
        }
        catch (HubException)
        {
            // HUB5120: one server's odd tool may not take the others from an agent.
            return null;
        }
    }
}
