using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace McpHub.TestPeer;

/// <summary>
/// A hand-written MCP server of the legacy era (initialize, 2025-11-25). Options: --name NAME, --prefix P, --tools N, --prompts N, --resources N, --templates N,
/// --page-size N, --log FILE (each received line), --exit-on-discover, --silent-on-discover, --instructions TEXT, --version REVISION, --init-delay MS, --list-delay MS,
/// --answers FILE (lines "@METHOD" or "@METHOD NAME-OR-URI", each followed by the messages that answer it as they stand, but for $ID$),
/// --pid FILE (its process id), --completions (has them), --cycle-file FILE (while it exists, every page of tools names the same next cursor),
/// --stubborn (ends at neither the end of its input nor SIGTERM).
/// Lists: tools are P0..Pn-1 and then the special ones (echo, hold, release, progress, crash, change, env, slow, fail, raw, cancelled) unless --plain;
/// prompts PROMPT0.. are named P-prompt-0.., resources P://resource/0.., templates P://template/0/{id}.
/// </summary>
internal sealed class LegacyServer
{
    private static readonly string[] _special = ["echo", "hold", "release", "progress", "crash", "change", "env", "slow", "fail", "raw", "cancelled"];

    private readonly Stream _stdin;
    private readonly Channel<byte[]> _out = Channel.CreateUnbounded<byte[]>();
    private readonly Task _writer;
    private readonly Dictionary<string, string> _options = [];
    private readonly List<string> _tools = [];
    private readonly ConcurrentDictionary<string, JsonNode?> _held = [];
    private readonly ConcurrentQueue<string> _cancelled = [];
    private readonly Dictionary<string, List<string>> _answers = [];
    private readonly string _prefix;

    public LegacyServer(Stream stdin, Stream stdout, string[] args)
    {
        _stdin = stdin;
        for (var i = 0; i < args.Length; i++)
        {
            var value = i + 1 < args.Length && !args[i + 1].StartsWith("--", StringComparison.Ordinal) ? args[++i] : "";
            _options[args[i - (value.Length > 0 ? 1 : 0)]] = value;
        }

        _prefix = _options.GetValueOrDefault("--prefix", "tool");
        _tools.AddRange(Enumerable.Range(0, Count("--tools", 0)).Select(n => $"{_prefix}{n}"));
        if (!_options.ContainsKey("--plain"))
        {
            _tools.AddRange(_special);
        }

        List<string> answer = [];
        foreach (var line in _options.TryGetValue("--answers", out var file) ? File.ReadAllLines(file) : [])
        {
            if (line.StartsWith('@'))
            {
                _answers[line[1..]] = answer = [];
            }
            else
            {
                answer.Add(line);
            }
        }

        _writer = Task.Run(async () =>
        {
            await foreach (var line in _out.Reader.ReadAllAsync())
            {
                await stdout.WriteAsync(line);
                await stdout.FlushAsync();
            }
        });
    }

    public async Task<int> RunAsync()
    {
        using var term = _options.ContainsKey("--stubborn") ? PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => context.Cancel = true) : null;
        if (_options.TryGetValue("--pid", out var pid))
        {
            await File.WriteAllTextAsync(pid, Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        using var reader = new StreamReader(_stdin, new UTF8Encoding(false));
        var running = new List<Task>();
        while (await reader.ReadLineAsync() is { } line)
        {
            if (_options.TryGetValue("--log", out var log))
            {
                await File.AppendAllTextAsync(log, line + "\n");
            }

            if (JsonNode.Parse(line) is JsonObject message)
            {
                var raw = RawArguments(line);
                running.RemoveAll(task => task.IsCompleted);
                running.Add(Task.Run(() => HandleAsync(message, raw)));
            }
        }

        if (term is not null)
        {
            await Task.Delay(Timeout.Infinite);
        }

        await Task.WhenAny(Task.WhenAll(running), Task.Delay(200));
        _out.Writer.Complete();
        await _writer;
        return 0;
    }

    private static string RawArguments(string line)
    {
        using var document = JsonDocument.Parse(line);
        return document.RootElement.TryGetProperty("params", out var parameters) && parameters.ValueKind == JsonValueKind.Object
            && parameters.TryGetProperty("arguments", out var arguments) ? arguments.GetRawText() : "{}";
    }

    private int Count(string option, int otherwise) => _options.TryGetValue(option, out var text) ? int.Parse(text, null) : otherwise;

    private async Task HandleAsync(JsonObject message, string raw)
    {
        var id = message["id"]?.DeepClone();
        try
        {
            await DispatchAsync(message["method"]?.GetValue<string>(), id, message["params"] as JsonObject ?? [], raw);
        }
        catch (Exception failure)
        {
            Error(id, -32603, failure.ToString());
        }
    }

    private async Task DispatchAsync(string? method, JsonNode? id, JsonObject parameters, string raw)
    {
        if (_answers.Count > 0 && id is not null
            && (_answers.GetValueOrDefault($"{method} {parameters["name"] ?? parameters["uri"]}") ?? _answers.GetValueOrDefault(method ?? "")) is { } answers)
        {
            foreach (var answer in answers)
            {
                Write(answer.Replace("$ID$", id.ToJsonString(), StringComparison.Ordinal));
            }

            return;
        }

        switch (method)
        {
            case "initialize":
                await Task.Delay(Count("--init-delay", 0));
                Result(id, new JsonObject
                {
                    ["protocolVersion"] = _options.GetValueOrDefault("--version") ?? parameters["protocolVersion"]?.DeepClone() ?? "2025-11-25",
                    ["capabilities"] = JsonNode.Parse($$"""
                        {"tools":{"listChanged":true},"prompts":{"listChanged":true},"resources":{"listChanged":true},"logging":{}{{(_options.ContainsKey("--completions") ? ",\"completions\":{}" : "")}} }
                        """),
                    ["serverInfo"] = new JsonObject { ["name"] = _options.GetValueOrDefault("--name", "test-peer"), ["version"] = "1.0" },
                    ["instructions"] = _options.GetValueOrDefault("--instructions", "a scripted server"),
                });
                break;

            case "server/discover" when _options.ContainsKey("--exit-on-discover"):
                Environment.Exit(1);
                break;

            case "server/discover" when _options.ContainsKey("--silent-on-discover"):
            case "notifications/initialized":
            case null: // A response to us.
                break;

            case "notifications/cancelled":
                _cancelled.Enqueue(parameters["requestId"]?.ToJsonString() ?? "null");
                _held.TryRemove(parameters["requestId"]?.ToJsonString() ?? "", out _);
                break;

            case "logging/setLevel":
                Result(id, []);
                break;

            case "ping":
                Result(id, []);
                break;

            case "tools/list":
                await Task.Delay(Count("--list-delay", 0));
                string[] tools;
                lock (_tools)
                {
                    tools = [.. _tools];
                }

                Page(id, parameters, "tools", tools.Length, n => new JsonObject
                {
                    ["name"] = tools[n],
                    ["description"] = $"the tool {tools[n]}",
                    ["inputSchema"] = JsonNode.Parse("""{"type":"object"}"""),
                });
                break;

            case "prompts/list":
                Page(id, parameters, "prompts", Count("--prompts", 0), n => new JsonObject { ["name"] = $"{_prefix}-prompt-{n}", ["description"] = $"prompt {n}" });
                break;

            case "resources/list":
                Page(id, parameters, "resources", Count("--resources", 0), n => new JsonObject { ["uri"] = $"{_prefix}://resource/{n}", ["name"] = $"resource {n}" });
                break;

            case "resources/templates/list":
                Page(id, parameters, "resourceTemplates", Count("--templates", 0), n => new JsonObject { ["uriTemplate"] = $"{_prefix}://template/{n}/{{id}}", ["name"] = $"template {n}" });
                break;

            case "prompts/get":
                Result(id, new JsonObject
                {
                    ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = Text($"{parameters["name"]} {parameters["arguments"]?.ToJsonString()}") }),
                });
                break;

            case "resources/read":
                Result(id, new JsonObject
                {
                    ["contents"] = new JsonArray(new JsonObject { ["uri"] = parameters["uri"]?.DeepClone(), ["text"] = $"content of {parameters["uri"]}" }),
                });
                break;

            case "completion/complete":
                Result(id, new JsonObject { ["completion"] = new JsonObject { ["values"] = new JsonArray(_prefix, parameters.ToJsonString()), ["total"] = 2 } });
                break;

            case "tools/call":
                await CallAsync(id, parameters, raw);
                break;

            default:
                if (id is not null)
                {
                    Error(id, -32601, $"Method not found: {method}");
                }

                break;
        }
    }

    private async Task CallAsync(JsonNode? id, JsonObject parameters, string raw)
    {
        var name = parameters["name"]?.GetValue<string>() ?? "";
        var arguments = parameters["arguments"] as JsonObject ?? [];
        lock (_tools)
        {
            if (!_tools.Contains(name))
            {
                Error(id, -32602, $"Unknown tool: {name}");
                return;
            }
        }

        switch (name)
        {
            case "hold":
                _held[id!.ToJsonString()] = id;
                break;

            case "release": // Answers every held call, waiting until at least "atLeast" of them are open, and says how many there were.
                var least = arguments["atLeast"]?.GetValue<int>() ?? 0;
                while (_held.Count < least)
                {
                    await Task.Delay(5);
                }

                var open = 0;
                foreach (var key in _held.Keys)
                {
                    if (_held.TryRemove(key, out var held))
                    {
                        open++;
                        Result(held, Content("released"));
                    }
                }

                Result(id, Content(open.ToString(System.Globalization.CultureInfo.InvariantCulture)));
                break;

            case "progress":
                var steps = arguments["steps"]?.GetValue<int>() ?? 3;
                for (var step = 1; step <= steps; step++)
                {
                    if (parameters["_meta"]?["progressToken"] is { } token)
                    {
                        Notify("notifications/progress", new JsonObject { ["progressToken"] = token.DeepClone(), ["progress"] = step, ["total"] = steps, ["message"] = $"step {step}" });
                    }
                }

                Result(id, Content("done"));
                break;

            case "crash":
                Console.Error.WriteLine("boom");
                Environment.Exit(3);
                break;

            case "change": // Adds the tool "name", or removes it if there is one.
                var tool = arguments["name"]!.GetValue<string>();
                lock (_tools)
                {
                    if (!_tools.Remove(tool))
                    {
                        _tools.Add(tool);
                    }
                }

                Notify("notifications/tools/list_changed", null);
                Result(id, Content("changed"));
                break;

            case "env":
                Result(id, Content(JsonSerializer.Serialize(Environment.GetEnvironmentVariables())));
                break;

            case "slow":
                await Task.Delay(arguments["ms"]?.GetValue<int>() ?? 1000);
                Result(id, Content("slow"));
                break;

            case "fail":
                Result(id, new JsonObject { ["content"] = new JsonArray(Text("it failed")), ["isError"] = true });
                break;

            case "raw": // "result" is text and becomes the result as it stands.
                Write($$"""{"jsonrpc":"2.0","id":{{id!.ToJsonString()}},"result":{{arguments["result"]!.GetValue<string>()}}}""");
                break;

            case "cancelled":
                Result(id, Content(string.Join(",", _cancelled)));
                break;

            default:
                // By text, so that the arguments come back byte for byte.
                var text = JsonSerializer.Serialize(raw);
                var server = JsonSerializer.Serialize(_options.GetValueOrDefault("--name", "test-peer"));
                Write($$$"""{"jsonrpc":"2.0","id":{{{id!.ToJsonString()}}},"result":{"content":[{"type":"text","text":{{{text}}}}],"structuredContent":{{{raw}}},"server":{{{server}}} } }""");
                break;
        }
    }

    private void Page(JsonNode? id, JsonObject parameters, string member, int count, Func<int, JsonObject> item)
    {
        var size = Count("--page-size", int.MaxValue);
        var start = parameters["cursor"] is { } cursor ? int.Parse(cursor.GetValue<string>(), null) : 0;
        var end = (int)Math.Min(count, start + (long)size);
        var result = new JsonObject { [member] = new JsonArray([.. Enumerable.Range(start, Math.Max(0, end - start)).Select(item)]) };
        if (member == "tools" && File.Exists(_options.GetValueOrDefault("--cycle-file")))
        {
            result["nextCursor"] = "0";
        }
        else if (end < count)
        {
            result["nextCursor"] = end.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        Result(id, result);
    }

    private static JsonObject Text(string text) => new() { ["type"] = "text", ["text"] = text };

    private static JsonObject Content(string text) => new() { ["content"] = new JsonArray(Text(text)) };

    private void Result(JsonNode? id, JsonObject result) => Write(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id?.DeepClone(), ["result"] = result }.ToJsonString());

    private void Error(JsonNode? id, int code, string text) =>
        Write(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id?.DeepClone(), ["error"] = new JsonObject { ["code"] = code, ["message"] = text } }.ToJsonString());

    private void Notify(string method, JsonObject? parameters)
    {
        var message = new JsonObject { ["jsonrpc"] = "2.0", ["method"] = method };
        if (parameters is not null)
        {
            message["params"] = parameters;
        }

        Write(message.ToJsonString());
    }

    private void Write(string line) => _out.Writer.TryWrite(Encoding.UTF8.GetBytes(line + "\n"));
}
