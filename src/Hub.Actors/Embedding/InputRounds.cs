using System.Buffers;
using System.Buffers.Text;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Model;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Embedding;

/// <summary>
/// A call at a modern server that needs input: its requests are answered by the session's callbacks and the call is made again, until it is done (2026-07-28, multi round-trip
/// requests, "Client Requirements"; contract 2, 4-21 to 4-24).
/// </summary>
internal sealed class InputRounds
{
    public const int Most = 10;

    private static readonly TimeSpan _shortestWait = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _longestWait = TimeSpan.FromMilliseconds(250);

    private readonly CallLeg _leg;
    private readonly TypedRequest _request;
    private readonly CancellationToken _ct;
    private readonly SchedulerClock _clock;
    private readonly TimeSpan _end;
    private TimeSpan _wait = _shortestWait;

    /// <param name="leg">What its requests have in common.</param>
    /// <param name="request">The call as it is about to be made first.</param>
    /// <param name="ct">Gives the call up.</param>
    public InputRounds(CallLeg leg, TypedRequest request, CancellationToken ct)
    {
        (_leg, _request, _ct) = (leg, request, ct);
        _clock = new SchedulerClock(leg.System.Scheduler);
        _end = leg.Maximum == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : _clock.Elapsed + leg.Maximum;
    }

    private string ServerId => _leg.Route.Server.Id;

    /// <summary>Whether an answer asks for input. To other methods it may not, and there it is a result of an unknown kind.</summary>
    private static bool IsAsked(Envelope answer, PeerInfo peer, string method) =>
        peer.Era == Era.Modern && answer.Kind == EnvelopeKind.Result && method is MethodNames.ToolsCall or MethodNames.PromptsGet or MethodNames.ResourcesRead
        && answer.Text(MemberOf.Result, "resultType"u8) == "input_required";

    /// <summary>Goes on until there is an answer that does not ask.</summary>
    public async Task<(Envelope Answer, StartedCall Call)> RunAsync(Envelope answer, StartedCall call)
    {
        for (var round = 1; IsAsked(answer, call.Peer!, _request.Method); round++)
        {
            var (inputs, state) = Read(answer);
            if (_leg.Options is { AnswerInputRequests: false })
            {
                throw new InputRequiredException(
                    HubErrors.InputRequired.With(("server", ServerId), ("inputs", inputs.Count == 0 ? "none, only to come again" : string.Join(", ", inputs.Select(input => input.Method).Distinct())))
                        with { Delivery = Delivery.Answered },
                    McpJson.Parse<InputRequiredResult>(answer.Bytes(answer.Result), ServerId));
            }

            if (round > Most)
            {
                throw new InputRoundLimitException(HubErrors.InputRoundLimit.With(("server", ServerId), ("method", _request.Method), ("rounds", Most)) with { Delivery = Delivery.Answered }, Most);
            }

            var answers = inputs.Count > 0 ? await AskAsync(inputs, new RelatedCall(call.Id, _request.Method)).ConfigureAwait(false) : await PauseAsync().ConfigureAwait(false);
            if (_leg.Route.Session.Peer?.Era == Era.Legacy)
            {
                throw Violation("it was replaced by one of an older revision in the middle of a call");
            }

            (answer, call) = await TypedCalls.SendOnceAsync(_leg with { Maximum = Left() }, Retry(inputs, answers, state), _ct).ConfigureAwait(false);
        }

        return (answer, call);
    }

    /// <summary>What one round asks, checked as a whole before anything is called.</summary>
    private (List<Input> Inputs, ReadOnlyMemory<byte> State) Read(Envelope answer)
    {
        var requests = answer.Bytes(answer.Find(MemberOf.Result, "inputRequests"u8));
        var state = answer.Bytes(answer.Find(MemberOf.Result, "requestState"u8));
        var inputs = new List<Input>();
        if (!state.IsEmpty && state.Span[0] != (byte)'"')
        {
            throw Violation("its requestState is no string");
        }

        if (!requests.IsEmpty)
        {
            if (!JsonParts.TryMembers(requests, out var members, out _))
            {
                throw Violation("its inputRequests is no object, or has a key twice");
            }

            inputs.AddRange(members.Select(member => ReadInput(requests, member)));
        }

        return inputs.Count > 0 || !state.IsEmpty ? (inputs, state) : throw Violation("it asks for input, but neither says for what nor has a state");
    }

    private Input ReadInput(ReadOnlyMemory<byte> requests, Member member)
    {
        var key = requests.Slice(member.Name.Start - 1, member.Name.Length + 2);
        var request = member.Value.In(requests);
        var method = JsonText.Unescape(JsonParts.Find(request, "method"u8).In(request).Span);
        if (method is null || JsonText.Unescape(key.Span) is not { } name)
        {
            throw Violation("an entry of its inputRequests has no method");
        }

        var parameters = JsonParts.Find(request, "params"u8).In(request);
        if (!parameters.IsEmpty && parameters.Span[0] != (byte)'{')
        {
            throw Violation($"the params of its {method} are no object");
        }

        return IsDeclared(method, parameters) ? new Input(key, name, method, parameters) : throw Violation($"it asks for {Shown(method)}, which was not declared to it");
    }

    /// <summary>A server asks only for what was declared with the request (2026-07-28, multi round-trip requests, "Server Requirements" 7).</summary>
    private bool IsDeclared(string method, ReadOnlyMemory<byte> parameters)
    {
        var declared = _leg.Route.Session.Features.Capabilities(Era.Modern);
        switch (method)
        {
            case MethodNames.SamplingCreateMessage:
                return Has(declared, "sampling"u8, out var sampling)
                    && (Has(sampling, "tools"u8, out _) || (!JsonParts.Find(parameters, "tools"u8).Exists && !JsonParts.Find(parameters, "toolChoice"u8).Exists));
            case MethodNames.ElicitationCreate:
                var mode = JsonParts.Find(parameters, "mode"u8);
                return Has(declared, "elicitation"u8, out var modes) && (!mode.Exists ? "form" : JsonText.Unescape(mode.In(parameters).Span)) switch
                {
                    "form" => Has(modes, "form"u8, out _),
                    "url" => Has(modes, "url"u8, out _),
                    _ => false,
                };
            case MethodNames.RootsList:
                return Has(declared, "roots"u8, out _);
            default:
                return false;
        }
    }

    private static bool Has(ReadOnlyMemory<byte> declared, ReadOnlySpan<byte> name, out ReadOnlyMemory<byte> value)
    {
        var place = JsonParts.Find(declared, name);
        value = place.In(declared);
        return place.Exists;
    }

    /// <summary>All inputs of a round at once. The first that fails ends the call and the others.</summary>
    private async Task<ReadOnlyMemory<byte>[]> AskAsync(List<Input> inputs, RelatedCall cause)
    {
        // A round with real input starts the waits of those without anew.
        _wait = _shortestWait;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_ct);
        var features = _leg.Route.Session.Features;
        var running = inputs.ConvertAll(input => features.AnswerAsync(new InboundRequest(ServerId, input.Method, input.Name, input.Params, cause), stop.Token));
        var late = SchedulerDelay.WaitAsync(_leg.System.Scheduler, Left(), stop.Token);
        try
        {
            var left = new List<Task>(running) { late, _leg.Route.Session.Ended, _leg.System.WhenTerminated };
            for (var open = running.Count; open > 0; open--)
            {
                var done = await Task.WhenAny(left).WaitAsync(_ct).ConfigureAwait(false);
                _ct.ThrowIfCancellationRequested();
                left.Remove(done);
                if (done is not Task<ServerAnswer> answered)
                {
                    throw done == late ? TooLate() : HubException.From(HubErrors.ServerDisconnected.With(("server", ServerId)) with { Delivery = Delivery.Answered });
                }

                if (await answered.ConfigureAwait(false) is { IsError: true } failed)
                {
                    throw NotGiven(inputs[running.IndexOf(answered)], failed);
                }
            }

            return [.. running.Select(answered => answered.Result.Part)];
        }
        finally
        {
            stop.Cancel();
        }
    }

    /// <summary>Nothing is asked: the server only wants to be called again, a little later.</summary>
    private async Task<ReadOnlyMemory<byte>[]> PauseAsync()
    {
        var left = Left();
        var wait = left == Timeout.InfiniteTimeSpan || _wait < left ? _wait : left;
        _wait = _wait * 2 < _longestWait ? _wait * 2 : _longestWait;
        await SchedulerDelay.WaitAsync(_leg.System.Scheduler, wait, _ct).ConfigureAwait(false);
        return [];
    }

    /// <summary>The call as it was first, with the answers of this round alone and the state byte for byte.</summary>
    private TypedRequest Retry(List<Input> inputs, ReadOnlyMemory<byte>[] answers, ReadOnlyMemory<byte> state)
    {
        var parameters = new ArrayBufferWriter<byte>(_request.Params.Length + 256);
        parameters.Write("{"u8);
        _ = JsonParts.TryMembers(_request.Params, out var members, out _);
        foreach (var member in members)
        {
            var name = _request.Params.AsSpan(member.Name.Start, member.Name.Length);
            if (!name.SequenceEqual("inputResponses"u8) && !name.SequenceEqual("requestState"u8))
            {
                Add(_request.Params.AsSpan(member.Name.Start - 1, member.Name.Length + 2), member.Value.In(_request.Params));
            }
        }

        if (inputs.Count > 0)
        {
            var responses = new ArrayBufferWriter<byte>();
            responses.Write("{"u8);
            for (var i = 0; i < inputs.Count; i++)
            {
                responses.Write(i > 0 ? ","u8 : default);
                responses.Write(inputs[i].Key.Span);
                responses.Write(":"u8);
                responses.Write(answers[i].Span);
            }

            responses.Write("}"u8);
            Add("\"inputResponses\""u8, responses.WrittenSpan);
        }

        if (!state.IsEmpty)
        {
            Add("\"requestState\""u8, state.Span);
        }

        parameters.Write("}"u8);
        return _request with { Params = parameters.WrittenSpan.ToArray() };

        void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
        {
            parameters.Write(parameters.WrittenCount > 1 ? ","u8 : default);
            parameters.Write(name);
            parameters.Write(":"u8);
            parameters.Write(value);
        }
    }

    /// <summary>What is left of the call's time in all, which spans its requests and the input between them.</summary>
    private TimeSpan Left()
    {
        if (_end == TimeSpan.MaxValue)
        {
            return Timeout.InfiniteTimeSpan;
        }

        var left = _end - _clock.Elapsed;
        return left > TimeSpan.Zero ? left : throw TooLate();
    }

    private HubException TooLate() => HubException.From(
        HubErrors.DeadlinePassed.With(("server", ServerId), ("method", _request.Method), ("seconds", _leg.Maximum.TotalSeconds)) with { Delivery = Delivery.Answered });

    private InputRequestException NotGiven(Input input, ServerAnswer failed)
    {
        var code = JsonParts.Find(failed.Part, "code"u8).In(failed.Part.Span);
        _ = Utf8Parser.TryParse(code, out int number, out _);
        var message = JsonText.Unescape(JsonParts.Find(failed.Part, "message"u8).In(failed.Part.Span)) ?? "";
        return new InputRequestException(
            HubErrors.InputNotGiven.With(("server", ServerId), ("key", Shown(input.Name)), ("method", input.Method), ("reason", message)) with { Delivery = Delivery.Answered },
            input.Name, input.Method, number, message, failed.Cause);
    }

    private HubException Violation(string reason) => HubException.From(HubErrors.UpstreamViolation.With(("server", ServerId), ("reason", reason)) with { Delivery = Delivery.Answered });

    private static string Shown(string text) => text.Length <= 64 ? text : text[..64] + "…";

    /// <param name="Key">Its key, the JSON string as it came.</param>
    /// <param name="Name">The same as text.</param>
    /// <param name="Method">What is asked.</param>
    /// <param name="Params">Its <c>params</c>; empty = none.</param>
    private sealed record Input(ReadOnlyMemory<byte> Key, string Name, string Method, ReadOnlyMemory<byte> Params);
}
