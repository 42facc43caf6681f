using System.Buffers;
using System.Text;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Model;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;
using Newtonsoft.Json.Linq;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Embedding;

/// <summary>A request of the embedding API, written in the terms of no era: the bridge adds what a hop needs.</summary>
/// <param name="Method">The method.</param>
/// <param name="Params">Its <c>params</c> object.</param>
internal sealed record TypedRequest(string Method, byte[] Params)
{
    public static TypedRequest CallTool(string name, JObject? arguments, CallOptions? options)
    {
        ArgumentNullException.ThrowIfNull(name);
        // No arguments = no member, never null (contract 1, CM-03).
        return new TypedRequest(MethodNames.ToolsCall, Object(("name", JsonText.Quote(name)), ("arguments", arguments is null ? null : McpJson.ToUtf8(arguments)), Meta(options), Responses(options), State(options)));
    }

    /// <summary>Makes <c>arguments</c> of a caller's object.</summary>
    public static JObject Arguments(object arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return arguments is CallOptions or CancellationToken
            ? throw new ArgumentException($"a {arguments.GetType().Name} stands where the arguments of the call are expected: pass it by name, options: or ct:", nameof(arguments))
            : CallArguments.From(arguments);
    }

    public static TypedRequest ReadResource(string uri, CallOptions? options)
    {
        ArgumentNullException.ThrowIfNull(uri);
        return new TypedRequest(MethodNames.ResourcesRead, Object(("uri", JsonText.Quote(uri)), Meta(options), Responses(options), State(options)));
    }

    public static TypedRequest GetPrompt(string name, IReadOnlyDictionary<string, string>? arguments, CallOptions? options)
    {
        ArgumentNullException.ThrowIfNull(name);
        return new TypedRequest(MethodNames.PromptsGet, Object(("name", JsonText.Quote(name)), ("arguments", arguments is null ? null : Texts(arguments, nameof(arguments))), Meta(options), Responses(options), State(options)));
    }

    public static TypedRequest Complete(CompletionReference reference, CompletionArgument argument, IReadOnlyDictionary<string, string>? context)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(argument);
        return new TypedRequest(MethodNames.Complete, Object(
            ("ref", McpJson.ToUtf8(reference)),
            ("argument", McpJson.ToUtf8(argument)),
            ("context", context is null ? null : Object(("arguments", Texts(context, nameof(context)))))));
    }

    /// <param name="method">One of the four list methods.</param>
    /// <param name="cursor"><c>null</c> = the first page; the empty text is a cursor (contract 1, D-04).</param>
    public static TypedRequest List(string method, string? cursor) => new(method, Object(("cursor", cursor is null ? null : JsonText.Quote(cursor))));

    public static TypedRequest SetLevel(LoggingLevel level) => new(MethodNames.SetLevel, Object(("level", LoggingLevels.Token(level).ToArray())));

    public static TypedRequest Empty(string method) => new(method, Object());

    public static TypedRequest Of(RouterCall call)
    {
        var (parameters, options) = (call.Params, call.Options);
        if (options is { Meta: not null } or { InputResponses: not null } or { RequestState: not null })
        {
            parameters = new JObject(parameters);
            Set("_meta", options.Meta);
            Set("inputResponses", options.InputResponses);
            Set("requestState", options.RequestState);
        }

        return new TypedRequest(call.Method, McpJson.ToUtf8(parameters));

        void Set(string name, JToken? value)
        {
            if (value is not null)
            {
                parameters[name] = value;
            }
        }
    }

    /// <summary>The request as the routing and bridging code reads it.</summary>
    /// <exception cref="HubException"><c>HUB5112</c>: too large. <c>HUB5110</c>: refused by the scan.</exception>
    public Envelope ToEnvelope()
    {
        // The limits of the other direction: whoever calls from inside the process is no foreign client.
        var limits = ScanLimits.FromServer;
        var frame = FrameWriter.Request(0, Method, Params);
        if (frame.Length > limits.MaxBytes)
        {
            throw HubException.From(HubErrors.RequestTooLarge.With(("limit", limits.MaxBytes)));
        }

        return EnvelopeScanner.TryScan(frame, limits, out var envelope, out var fault)
            ? envelope
            : throw HubException.From(HubErrors.InvalidArguments.With(("reason", fault.Message)));
    }

    private static (string Name, byte[]? Value) Meta(CallOptions? options) => ("_meta", options?.Meta is { } meta ? McpJson.ToUtf8(meta) : null);

    private static (string Name, byte[]? Value) Responses(CallOptions? options) => ("inputResponses", options?.InputResponses is { } responses ? McpJson.ToUtf8(responses) : null);

    private static (string Name, byte[]? Value) State(CallOptions? options) => ("requestState", options?.RequestState is { } state ? JsonText.Quote(state) : null);

    private static byte[] Texts(IReadOnlyDictionary<string, string> values, string parameter) => Object([.. values.Select(pair =>
        (pair.Key, (byte[]?)JsonText.Quote(pair.Value ?? throw new ArgumentException($"the value of \"{pair.Key}\" is null", parameter))))]);

    private static byte[] Object(params ReadOnlySpan<(string Name, byte[]? Value)> members)
    {
        var json = new ArrayBufferWriter<byte>(128);
        json.Write("{"u8);
        foreach (var (name, value) in members)
        {
            if (value is not null)
            {
                json.Write(json.WrittenCount > 1 ? ","u8 : default);
                json.Write(JsonText.Quote(name));
                json.Write(":"u8);
                json.Write(value);
            }
        }

        json.Write("}"u8);
        return json.WrittenSpan.ToArray();
    }
}
