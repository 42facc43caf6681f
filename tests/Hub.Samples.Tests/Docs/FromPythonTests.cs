using System.Reflection;
using System.Text.RegularExpressions;

namespace McpHub.Samples.Tests.Docs;

/// <summary>The page for those who come from the Python client tells the truth.</summary>
public sealed partial class FromPythonTests
{
    private static readonly Type[] _public =
        [.. new[] { typeof(Tool), typeof(McpTransports), typeof(ClientSession), typeof(AIFunctionExtensions) }.SelectMany(type => type.Assembly.GetExportedTypes()).Where(type => type.Namespace == "McpHub")];

    // What the brief speaks of: classes, their constructors' parameters, methods, properties, functions and the types in their signatures.
    private static readonly string[] _brief =
    [
        "ClientSession", "read_stream", "write_stream", "read_timeout_seconds", "sampling_callback", "elicitation_callback", "list_roots_callback", "logging_callback",
        "message_handler", "client_info", "Implementation", "initialize", "InitializeResult", "server_info", "list_tools", "cursor", "ListToolsResult", "call_tool", "CallToolResult",
        "list_resources", "ListResourcesResult", "list_resource_templates", "ListResourceTemplatesResult", "read_resource", "AnyUrl", "ReadResourceResult", "subscribe_resource",
        "unsubscribe_resource", "EmptyResult", "list_prompts", "ListPromptsResult", "get_prompt", "GetPromptResult", "set_logging_level", "LoggingLevel", "DEBUG", "EMERGENCY",
        "send_progress_notification", "ProgressToken", "send_ping", "complete", "CompletionReference", "CompletionArgument", "CompleteResult", "send_roots_list_changed",
        "ClientSessionGroup", "exit_stack", "component_name_hook", "connect_to_server", "ServerParameters", "disconnect_from_server", "sessions", "tools", "resources", "prompts",
        "Tool", "Resource", "Prompt", "stdio_client", "websocket_client", "sse_client", "streamablehttp_client", "StdioServerParameters", "command", "args", "env", "cwd",
        "SseServerParameters", "url", "headers", "kwargs", "StreamableHttpParameters", "ClientAuth", "get_headers", "AuthenticationError",
    ];

    private static readonly string[] _framework = ["McpHub", "McpHub.Actors", "Async", "CancellationToken", "Task"];

    private static string Page => File.ReadAllText(Repository.PathOf("docs", "from-python.md"));

    [Fact]
    public void Every_name_of_the_brief_has_a_row()
    {
        var explained = Rows().SelectMany(row => Word().Matches(row[0])).Select(word => word.Value).ToHashSet(StringComparer.Ordinal);

        Assert.Empty(_brief.Except(explained));
    }

    [Fact]
    public void Every_name_in_CSharp_exists()
    {
        var texts = Rows().SelectMany(row => row.Skip(1)).Append(Table().Replace(Page, ""));
        var names = texts.SelectMany(text => Code().Matches(text)).Select(code => code.Groups[1].Value).Where(name => Name().IsMatch(name)).Except(_framework).ToList();

        Assert.True(names.Count > 100);
        Assert.DoesNotContain(names, name => !Exists(name));
    }

    [Theory]
    [InlineData("ClientSession.CallToolAsync", true)]
    [InlineData("ClientSession.CallTool", false)]
    [InlineData("LoggingLevel.Debug", true)]
    [InlineData("Nobody", false)]
    public void A_name_is_looked_up_as_the_compiler_would(string name, bool exists) => Assert.Equal(exists, Exists(name));

    private static bool Exists(string name) => name.Split('.') switch
    {
        [var type] => _public.Any(known => known.Name == type),
        [var type, var member] => _public.Any(known => known.Name == type && known.GetMember(member, BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static).Length > 0),
        _ => false,
    };

    private static List<string[]> Rows() =>
        [.. Table().Matches(Page).Select(row => row.Value.Trim('|').Split('|')).Where(columns => !columns[0].StartsWith("---", StringComparison.Ordinal) && columns[0].Trim() != "Python")];

    [GeneratedRegex(@"^\|.*$", RegexOptions.Multiline)]
    private static partial Regex Table();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex("[A-Za-z_]+")]
    private static partial Regex Word();

    [GeneratedRegex(@"^[A-Z][A-Za-z]+(\.[A-Z][A-Za-z]+)?$")]
    private static partial Regex Name();
}
