using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using McpHub.Protocol.Wire;

namespace McpHub.Protocol.Tests.Wire;

/// <summary>The refusal rules once more, over a tree and without regard to speed: what the scanner is compared with.</summary>
internal sealed partial class MessageOracle
{
    public const string Syntax = "syntax";
    public const string Limit = "limit";

    private static readonly HashSet<string> _known =
    [
        "jsonrpc", "id", "method", "params", "result", "error", "code", "message", "data", "_meta", "name", "uri", "ref", "type", "arguments", "cursor", "requestId",
        "progressToken", "nextCursor", "resultType", "tools", "content",
    ];

    private readonly List<string> _faults = [];

    /// <summary>Codes of all faults; "syntax" if it is no JSON, in which case there is no other.</summary>
    public IReadOnlyList<string> Faults => _faults;

    public EnvelopeKind Kind { get; private set; }

    public string? Method { get; private set; }

    public string Id { get; private set; } = "";

    /// <summary>"object name=value", in the order of the frame per object.</summary>
    public List<string> Members { get; } = [];

    public static MessageOracle Judge(byte[] frame, ScanLimits limits)
    {
        var oracle = new MessageOracle();
        try
        {
            _ = new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(frame);
            using var document = JsonDocument.Parse(frame, new JsonDocumentOptions { MaxDepth = 10_000 });
            oracle.Judge(document.RootElement, limits);
        }
        catch (Exception exception) when (exception is JsonException or DecoderFallbackException)
        {
            oracle._faults.Add(Syntax);
        }

        return oracle;
    }

    public static string Meaning(string raw)
    {
        // The text with UTF-16 code units, so that lone surrogates are told apart.
        return Escape().Replace(raw, match => match.Groups[1].Success
            ? ((char)int.Parse(match.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString()
            : match.Value[1] switch { 'b' => "\b", 't' => "\t", 'n' => "\n", 'f' => "\f", 'r' => "\r", var same => same.ToString() });
    }

    public static string RawName(JsonProperty property) => Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8PropertyName(property));

    [GeneratedRegex(@"\\(?:u([0-9a-fA-F]{4})|.)", RegexOptions.Singleline)]
    private static partial Regex Escape();

    private void Judge(JsonElement root, ScanLimits limits)
    {
        var tokens = 0;
        if (!Measure(root, 1))
        {
            _faults.Add(Limit);
        }

        if (root.ValueKind != JsonValueKind.Object)
        {
            _faults.Add("-32600");
            return;
        }

        var envelope = Read(root, "Envelope", "-32600");
        Expect(envelope.TryGetValue("jsonrpc", out var version) && version.GetRawText() == "\"2.0\"", "-32600");
        var (hasMethod, hasResult, hasError) = (envelope.TryGetValue("method", out var method), envelope.TryGetValue("result", out var result), envelope.TryGetValue("error", out var error));
        Expect((hasMethod ? 1 : 0) + (hasResult ? 1 : 0) + (hasError ? 1 : 0) == 1, "-32600");
        if (envelope.TryGetValue("id", out var id))
        {
            Id = id.GetRawText();
            Expect(id.ValueKind switch
            {
                JsonValueKind.String => Routable(id),
                JsonValueKind.Number => Integer().IsMatch(Id),
                JsonValueKind.Null => hasError,
                _ => false,
            }, "-32600");
            Expect(Encoding.UTF8.GetByteCount(Id) <= limits.MaxIdBytes, "-32600");
        }
        else
        {
            Expect(!hasResult, "-32600");
        }

        if (hasMethod)
        {
            Expect(method.ValueKind == JsonValueKind.String && Routable(method), "-32600");
            Method = method.ValueKind == JsonValueKind.String ? Meaning(method.GetRawText()[1..^1]) : null;
        }

        Kind = hasMethod ? (Id.Length > 0 ? EnvelopeKind.Request : EnvelopeKind.Notification) : hasResult ? EnvelopeKind.Result : EnvelopeKind.Error;
        if (envelope.TryGetValue("params", out var parameters) && IsObject(parameters, "-32602"))
        {
            JudgeParams(parameters, limits);
        }

        if (hasResult && IsObject(result, "-32600"))
        {
            var members = Read(result, "Result", "-32600");
            Expect(!members.TryGetValue("nextCursor", out var cursor) || Routable(cursor), "-32600");
            if (members.TryGetValue("_meta", out var meta) && meta.ValueKind == JsonValueKind.Object)
            {
                Read(meta, "ResultMeta", "-32600");
            }
        }

        if (hasError && IsObject(error, "-32600"))
        {
            var members = Read(error, "Error", "-32600");
            Expect(members.TryGetValue("code", out var code) && code.ValueKind == JsonValueKind.Number && Integer().IsMatch(code.GetRawText()) && code.TryGetInt64(out _), "-32600");
            Expect(!members.TryGetValue("message", out var message) || message.ValueKind == JsonValueKind.String, "-32600");
        }

        bool Measure(JsonElement element, int depth)
        {
            tokens++;
            if (element.ValueKind == JsonValueKind.Object)
            {
                var members = element.EnumerateObject().ToList();
                tokens += 1 + members.Count;
                return depth <= limits.MaxDepth && members.Count <= limits.MaxMembers && members.All(member => Measure(member.Value, depth + 1)) && tokens <= limits.MaxTokens;
            }

            if (element.ValueKind == JsonValueKind.Array)
            {
                tokens++;
                return depth <= limits.MaxDepth && element.EnumerateArray().All(item => Measure(item, depth + 1)) && tokens <= limits.MaxTokens;
            }

            return tokens <= limits.MaxTokens;
        }
    }

    private void JudgeParams(JsonElement parameters, ScanLimits limits)
    {
        var members = Read(parameters, "Params", "-32602");
        foreach (var name in new[] { "name", "uri", "cursor", "requestId", "progressToken" })
        {
            Expect(!members.TryGetValue(name, out var text) || Routable(text), "-32602");
        }

        if (members.TryGetValue("_meta", out var meta) && IsObject(meta, "-32602"))
        {
            Expect(!Read(meta, "ParamsMeta", "-32602").TryGetValue("progressToken", out var token) || Routable(token), "-32602");
            Expect(Encoding.UTF8.GetByteCount(meta.GetRawText()) <= limits.MaxMetaBytes && DepthOf(meta) <= limits.MaxMetaDepth, "-32602");
        }

        if (members.TryGetValue("ref", out var reference) && reference.ValueKind == JsonValueKind.Object)
        {
            var inside = Read(reference, "Ref", "-32602");
            Expect((!inside.TryGetValue("name", out var name) || Routable(name)) && (!inside.TryGetValue("uri", out var uri) || Routable(uri)), "-32602");
        }

        if (members.TryGetValue("arguments", out var arguments) && arguments.ValueKind == JsonValueKind.Object)
        {
            var names = arguments.EnumerateObject().Select(argument => Meaning(RawName(argument))).ToList();
            Expect(names.Distinct().Count() == names.Count, "-32602");
        }
    }

    // Members by what their names mean; those written with escapes are none that we read, but for an escaped slash.
    private Dictionary<string, JsonElement> Read(JsonElement element, string of, string code)
    {
        var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var property in element.EnumerateObject())
        {
            var raw = RawName(property);
            var name = Meaning(raw);
            Members.Add($"{of} {raw}={property.Value.GetRawText()}");
            Expect(members.TryAdd(name, property.Value), code);
            Expect(raw.Replace("\\/", "/", StringComparison.Ordinal) == name || !(_known.Contains(name) || name.StartsWith("io.modelcontextprotocol/", StringComparison.Ordinal)), code);
        }

        return members;
    }

    private bool IsObject(JsonElement element, string code)
    {
        Expect(element.ValueKind == JsonValueKind.Object, code);
        return element.ValueKind == JsonValueKind.Object;
    }

    private static int DepthOf(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => 1 + element.EnumerateObject().Select(member => DepthOf(member.Value)).DefaultIfEmpty().Max(),
        JsonValueKind.Array => 1 + element.EnumerateArray().Select(DepthOf).DefaultIfEmpty().Max(),
        _ => 0,
    };

    private static bool Routable(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String)
        {
            return true;
        }

        var text = Meaning(element.GetRawText()[1..^1]);
        return !text.Contains('\0') && text == Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
    }

    private void Expect(bool holds, string code)
    {
        if (!holds)
        {
            _faults.Add(code);
        }
    }

    [GeneratedRegex("^-?[0-9]+$")]
    private static partial Regex Integer();
}
