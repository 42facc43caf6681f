using System.Text;
using Akka.Event;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Model;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Embedding;

/// <summary>The callbacks of a session: exactly what is set is declared, and every request gets exactly one answer, whatever they do (contract 1.4).</summary>
internal sealed class CallbackFeatures : ClientFeatures
{
    /// <summary>Most callbacks at once (ARCHITECTURE 9).</summary>
    public const int MaxRunning = 32;

    private readonly ClientSessionOptions _options;
    private readonly MessageLane _lane;
    private readonly byte[] _legacy;
    private readonly byte[] _modern;
    private volatile ILoggingAdapter _log = NoLogger.Instance;
    private int _running;

    private CallbackFeatures(ClientSessionOptions options)
    {
        _options = options;
        _lane = new MessageLane(options.LoggingCallback, options.MessageHandler);
        _legacy = Declared(options, Era.Legacy);
        _modern = Declared(options, Era.Modern);
    }

    public static ClientFeatures Of(ClientSessionOptions? options) =>
        options is null or { SamplingCallback: null, ElicitationFormCallback: null, ElicitationUrlCallback: null, ListRootsCallback: null, LoggingCallback: null, MessageHandler: null }
            ? None
            : new CallbackFeatures(options);

    public override ReadOnlyMemory<byte> Capabilities(Era era) => era == Era.Legacy ? _legacy : _modern;

    public override bool TellsRootsChanges => _options is { ListRootsCallback: not null, RootsListChanged: true };

    public override void LogTo(ILoggingAdapter log)
    {
        _log = log;
        _lane.LogTo(log);
    }

    public override void Hear(string serverId, Envelope notification) => _lane.Add(serverId, notification);

    public override void Hear(HubError diagnostic) => _lane.Add(diagnostic);

    public override Task<ServerAnswer> AnswerAsync(InboundRequest request, CancellationToken ct)
    {
        var isDeclared = request.Method switch
        {
            MethodNames.SamplingCreateMessage => _options.SamplingCallback is not null,
            MethodNames.ElicitationCreate => _options.ElicitationFormCallback is not null || _options.ElicitationUrlCallback is not null,
            MethodNames.RootsList => _options.ListRootsCallback is not null,
            _ => false,
        };
        if (!isDeclared)
        {
            return Task.FromResult(ServerAnswer.Unsupported(request.Method));
        }

        if (Interlocked.Increment(ref _running) > MaxRunning)
        {
            Interlocked.Decrement(ref _running);
            return Task.FromResult(ServerAnswer.Error(HubErrors.TooManyCallbacks.With(("server", request.ServerId), ("count", MaxRunning))));
        }

        // Reading what a server sends is no work for an actor either.
        return Task.Run(() => RunAsync(request, ct), CancellationToken.None);
    }

    private async Task<ServerAnswer> RunAsync(InboundRequest request, CancellationToken ct)
    {
        try
        {
            return request.Method switch
            {
                MethodNames.SamplingCreateMessage => await SampleAsync(request, ct).ConfigureAwait(false),
                MethodNames.ElicitationCreate => await ElicitAsync(request, ct).ConfigureAwait(false),
                _ => await ListRootsAsync(request, ct).ConfigureAwait(false),
            };
        }
        catch (InvalidRequestException invalid)
        {
            return ServerAnswer.Error(RpcErrorCodes.InvalidParams, invalid.Message);
        }
        catch (RequestRejectedException rejected)
        {
            return ServerAnswer.Error(rejected.ErrorCode, rejected.Message) with { Cause = rejected };
        }
        catch (Exception failure)
        {
            ct.ThrowIfCancellationRequested();
            return Failed(HubErrors.CallbackFailed, request, failure.Message, failure);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    private async Task<ServerAnswer> SampleAsync(InboundRequest request, CancellationToken ct)
    {
        var parameters = Read<CreateMessageRequestParams>(request);
        if (!_options.SamplingTools && (parameters.Tools is not null || parameters.ToolChoice is not null))
        {
            throw new InvalidRequestException("Tools in sampling are not supported");
        }

        if (SamplingRules.Problem(parameters.Messages) is { } problem)
        {
            throw new InvalidRequestException(problem);
        }

        return Answer(request, await _options.SamplingCallback!(Fill(request, new SamplingRequest { ServerId = "", RequestId = "", Params = parameters }), ct).ConfigureAwait(false));
    }

    private async Task<ServerAnswer> ElicitAsync(InboundRequest request, CancellationToken ct)
    {
        var parameters = Read<ElicitRequestParams>(request);
        var callback = parameters.Mode switch
        {
            null or "form" => _options.ElicitationFormCallback,
            "url" => _options.ElicitationUrlCallback,
            _ => null,
        };
        if (callback is null)
        {
            throw new InvalidRequestException($"Elicitation mode \"{parameters.Mode ?? "form"}\" is not supported");
        }

        if (parameters.IsUrl ? parameters.Url is null : parameters.RequestedSchema is null)
        {
            throw new InvalidRequestException(parameters.IsUrl ? "params has no \"url\"" : "params has no \"requestedSchema\"");
        }

        var result = await callback(Fill(request, new ElicitationRequest { ServerId = "", RequestId = "", Params = parameters }), ct).ConfigureAwait(false);
        if (result is null || result.Action is not ("accept" or "decline" or "cancel"))
        {
            return Invalid(request, result is null ? "it is null" : $"\"{result.Action}\" is no action");
        }

        if (result.Action != "accept" || parameters.IsUrl)
        {
            // No content belongs to it (2025-11-25, client/elicitation, "Response Actions").
            return Answer(request, result with { Content = null });
        }

        var content = result.Content ?? [];
        return ElicitationForm.Problem(parameters.RequestedSchema!, content) is { } problem ? Invalid(request, problem) : Answer(request, result with { Content = content });
    }

    private async Task<ServerAnswer> ListRootsAsync(InboundRequest request, CancellationToken ct)
    {
        var roots = await _options.ListRootsCallback!(Fill(request, new RootsRequest { ServerId = "", RequestId = "" }), ct).ConfigureAwait(false);
        if (roots is null)
        {
            return Invalid(request, "it is null");
        }

        var files = roots.Where(root => root.Uri.StartsWith("file://", StringComparison.Ordinal)).ToList();
        if (files.Count < roots.Count)
        {
            // 2025-11-25, client/roots, "Root": nothing else for now.
            _log.Warning("Server {0}: {1} roots that are no file:// URI were left out", request.ServerId, roots.Count - files.Count);
        }

        return Answer(request, new ListRootsResult { Roots = files });
    }

    private ServerAnswer Answer(InboundRequest request, McpObject? result)
    {
        if (result is null)
        {
            return Invalid(request, "it is null");
        }

        try
        {
            return ServerAnswer.Result(McpJson.ToUtf8(result));
        }
        catch (HubException unwritable)
        {
            return Invalid(request, unwritable.Message);
        }
    }

    private ServerAnswer Invalid(InboundRequest request, string reason) => Failed(HubErrors.CallbackAnswerInvalid, request, reason, null);

    /// <summary>The server gets none of the text (contract 1, EN-13); who wrote the callback finds it by the correlation id.</summary>
    private ServerAnswer Failed(HubErrorDefinition definition, InboundRequest request, string reason, Exception? cause)
    {
        var correlation = Guid.NewGuid().ToString("N")[..12];
        var error = definition.With(("server", request.ServerId), ("callback", request.Method), ("correlation", correlation), ("reason", reason));
        _log.Warning(cause, "Server {0}: {1}", request.ServerId, error.Message);
        _lane.Add(error, cause);
        return ServerAnswer.Error(error) with { Cause = cause };
    }

    private static T Fill<T>(InboundRequest from, T request)
        where T : ServerRequest =>
        request with { ServerId = from.ServerId, RequestId = from.Id, RelatedCall = from.RelatedCall, ProgressToken = from.ProgressToken };

    private static T Read<T>(InboundRequest request)
        where T : McpObject
    {
        try
        {
            return McpJson.Parse<T>(request.Params.IsEmpty ? "{}"u8.ToArray() : request.Params, request.ServerId);
        }
        catch (HubException unreadable)
        {
            throw new InvalidRequestException(unreadable.Error.Message);
        }
    }

    private static byte[] Declared(ClientSessionOptions options, Era era)
    {
        var declared = new List<string>(3);
        if (options.SamplingCallback is not null)
        {
            declared.Add($$"""
                "sampling":{{{Members((options.SamplingTools, "\"tools\":{}"), (options.SamplingContext, "\"context\":{}"))}}}
                """);
        }

        if (options.ElicitationFormCallback is not null || options.ElicitationUrlCallback is not null)
        {
            declared.Add($$"""
                "elicitation":{{{Members((options.ElicitationFormCallback is not null, "\"form\":{}"), (options.ElicitationUrlCallback is not null, "\"url\":{}"))}}}
                """);
        }

        if (options.ListRootsCallback is not null)
        {
            // A modern client does not say when its roots change (2026-07-28, client/roots).
            declared.Add($$"""
                "roots":{{{Members((options.RootsListChanged && era == Era.Legacy, "\"listChanged\":true"))}}}
                """);
        }

        return Encoding.ASCII.GetBytes($"{{{string.Join(',', declared)}}}");
    }

    private static string Members(params ReadOnlySpan<(bool Is, string Member)> members)
    {
        var set = new List<string>(members.Length);
        foreach (var (isSet, member) in members)
        {
            if (isSet)
            {
                set.Add(member);
            }
        }

        return string.Join(',', set);
    }

    private sealed class InvalidRequestException(string message) : Exception(message);
}
