using McpHub.Actors.Servers;

namespace McpHub.Scenarios.Scale;

/// <summary>
/// A legacy server of one tool in a few lines of <c>/bin/sh</c>: it costs 1 ms of CPU to start where a .NET process costs 100, so that dozens of them can be started
/// and killed on two cores. Its processes carry a mark in their environment, also those that it starts.
/// </summary>
internal sealed class ShellPeer(string mark)
{
    // $1: the name of the tool. The hub writes "id" before "method" and both before "params".
    private const string Serve = """
        while IFS= read -r line; do
          case $line in *'"id":'*) ;; *) continue ;; esac
          id=${line#*'"id":'}
          id=${id%%,*}
          case $line in
            *'"method":"initialize"'*) result='{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"sh","version":"1"}}' ;;
            *'"method":"tools/list"'*) result='{"tools":[{"name":"'$1'","inputSchema":{"type":"object"}}]}' ;;
            *'"method":"tools/call"'*) result='{"content":[{"type":"text","text":"'$$'"}]}' ;;
            *'"method":"ping"'*) result='{}' ;;
            *) printf '{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"Method not found"}}\n' "$id"; continue ;;
          esac
          printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$id" "$result"
        done
        """;

    /// <summary>Holds the server's pipes open as long as it lives, which is longer than any test.</summary>
    private const string Grandchild = "sleep 600 &\n";

    /// <summary>Reads everything and says nothing.</summary>
    private const string Hang = "while read -r line; do :; done";

    public const string MarkName = "HUB_TEST_MARK";

    public ServerDefinition Healthy(string id, string tool = "who") => Definition(id, "/bin/sh", "-c", Serve, "sh", tool);

    public ServerDefinition WithGrandchild(string id, string tool = "who") => Definition(id, "/bin/sh", "-c", Grandchild + Serve, "sh", tool);

    public ServerDefinition Hanging(string id) => Definition(id, "/bin/sh", "-c", Hang);

    public ServerDefinition Missing(string id) => Definition(id, "/there/is/no/such/command");

    private ServerDefinition Definition(string id, string command, params string[] args) => Marked(new ServerDefinition(id) { TransportName = "stdio" }, new StdioServerParameters(command, args));

    public ServerDefinition Marked(ServerDefinition server, StdioServerParameters parameters)
    {
        var marked = parameters with { Env = new Dictionary<string, string?> { [MarkName] = mark } };
        return server with { OpenTransport = () => McpTransports.Open(marked) };
    }
}
