using System.Text.Json;
using McpHub.Protocol.Revisions;

namespace McpHub.Protocol.Wire;

/// <summary>State of one scan. Syntax errors and limits end it; other faults are noted and the scan goes on, so that the id can be told.</summary>
internal ref struct EnvelopeScan
{
    private readonly ReadOnlyMemory<byte> _frame;
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly ScanLimits _limits;
    private readonly Span<int> _memberCounts;
    private JsonTokens _reader;
    private PooledList<Member> _members;
    private MemberNames _names;
    private int _tokens;
    private int _deepest;
    private bool _inArguments;

    private ByteRange _id;
    private JsonTokenType _idType;
    private int _ids;
    private bool _idBroken;
    private ByteRange _method;
    private bool _hasVersion;
    private bool _hasMethod;
    private bool _hasResult;
    private bool _hasError;
    private bool _hasErrorCode;
    private (int Code, string Message)? _fault;

    public EnvelopeScan(ReadOnlyMemory<byte> frame, ScanLimits limits, Span<bool> containers, Span<int> memberCounts, Span<Member> members, Span<MemberNames.Entry> names)
    {
        _frame = frame;
        _bytes = frame.Span;
        _limits = limits;
        _memberCounts = memberCounts;
        _members = new PooledList<Member>(members);
        _names = new MemberNames(_bytes, names);

        _reader = new JsonTokens(_bytes, containers);
    }

    public bool Run(out Envelope envelope, out ScanError error)
    {
        (envelope, error) = (null!, null!);
        if (ReadFrame())
        {
            CheckMessage();
        }
        else if (_reader.Failed)
        {
            error = new ScanError(RpcErrorCodes.ParseError, $"message is not valid JSON at byte {_reader.Consumed}", default);
            return false;
        }

        if (_fault is { } fault)
        {
            error = new ScanError(fault.Code, fault.Message, _ids == 1 && !_idBroken ? _id.In(_frame) : default);
            return false;
        }

        var kind = _hasMethod ? (_ids > 0 ? EnvelopeKind.Request : EnvelopeKind.Notification) : _hasResult ? EnvelopeKind.Result : EnvelopeKind.Error;
        envelope = new Envelope(_frame, kind, _hasMethod ? KnownNames.Method(_method.In(_bytes)) : null, _members.Items.ToArray());
        return true;
    }

    public void Dispose()
    {
        _members.Dispose();
        _names.Dispose();
    }

    private bool ReadFrame()
    {
        if (!Next())
        {
            return false;
        }

        if (_reader.Type != JsonTokenType.StartObject)
        {
            return Fault(RpcErrorCodes.InvalidRequest, _reader.Type == JsonTokenType.StartArray
                ? "message is a JSON-RPC batch, which MCP does not have since 2025-06-18, at byte"
                : "message is no JSON object at byte", _reader.Start);
        }

        // Nothing but white space may follow.
        return ReadMembers(MemberOf.Envelope) && !Next() && !_reader.Failed && _fault is null;
    }

    // The reader stands on the object's brace. "of" is null for params.arguments, whose members are only checked for duplicates.
    private bool ReadMembers(MemberOf? of)
    {
        var mark = _names.Mark;
        while (Next())
        {
            if (_reader.Type == JsonTokenType.EndObject)
            {
                if (_names.End(mark) is >= 0 and var duplicate)
                {
                    Fault(CodeOf(of), $"duplicate member in {Describe(of)} at byte", duplicate);
                }

                return true;
            }

            var name = new ByteRange(_reader.Start + 1, _reader.ContentLength);
            var escaped = _reader.Escaped;
            var meaning = _names.Add(name, escaped);
            // An escaped slash is what some JSON writers make of the reserved keys' own; every look-up compares unescaped names, so it cannot smuggle anything.
            if (escaped && of is not null && KnownNames.IsMember(meaning) && !EscapesOnlySlashes(name.In(_bytes)))
            {
                Fault(CodeOf(of), $"member name of {Describe(of)} is written with escapes at byte", name.Start);
            }

            var slot = _members.Count;
            if (of is { } recorded)
            {
                _members.Add(new Member(recorded, name, default));
            }

            if (!Next())
            {
                return false;
            }

            var start = _reader.Start;
            var type = _reader.Type;
            var known = escaped ? default : name.In(_bytes);
            if (!ReadValue(of, known, type))
            {
                return false;
            }

            var value = new ByteRange(start, _reader.Consumed - start);
            if (of is { } again)
            {
                _members.Items[slot] = new Member(again, name, value);
                Check(again, known, value, type);
            }
        }

        return false;
    }

    private static bool EscapesOnlySlashes(ReadOnlySpan<byte> name)
    {
        for (var at = name.IndexOf((byte)'\\'); at >= 0 && at + 1 < name.Length; at = name.IndexOf((byte)'\\'))
        {
            if (name[at + 1] != (byte)'/')
            {
                return false;
            }

            name = name[(at + 2)..];
        }

        return true;
    }

    private bool ReadValue(MemberOf? of, ReadOnlySpan<byte> name, JsonTokenType type)
    {
        if (type == JsonTokenType.StartObject && of is MemberOf.Envelope or MemberOf.Params or MemberOf.Result)
        {
            switch (of)
            {
                case MemberOf.Envelope when name.SequenceEqual("params"u8):
                    return ReadMembers(MemberOf.Params);
                case MemberOf.Envelope when name.SequenceEqual("result"u8):
                    return ReadMembers(MemberOf.Result);
                case MemberOf.Envelope when name.SequenceEqual("error"u8):
                    return ReadMembers(MemberOf.Error);
                case MemberOf.Params when name.SequenceEqual("_meta"u8):
                    return ReadMeta();
                case MemberOf.Params when name.SequenceEqual("ref"u8):
                    return ReadMembers(MemberOf.Ref);
                case MemberOf.Params when name.SequenceEqual("arguments"u8):
                    return ReadArguments();
                case MemberOf.Result when name.SequenceEqual("_meta"u8):
                    return ReadMembers(MemberOf.ResultMeta);
            }
        }

        return SkipValue();
    }

    private bool ReadMeta()
    {
        var (start, depth) = (_reader.Start, _reader.Depth);
        _deepest = depth + 1;
        if (!ReadMembers(MemberOf.ParamsMeta))
        {
            return false;
        }

        if (_reader.Consumed - start > _limits.MaxMetaBytes)
        {
            Fault(RpcErrorCodes.InvalidParams, $"_meta has {_reader.Consumed - start} bytes, at most {_limits.MaxMetaBytes} are allowed, at byte", start);
        }

        if (_deepest - depth > _limits.MaxMetaDepth)
        {
            Fault(RpcErrorCodes.InvalidParams, $"_meta is nested deeper than {_limits.MaxMetaDepth} at byte", start);
        }

        return true;
    }

    private bool ReadArguments()
    {
        _inArguments = true;
        var read = ReadMembers(null);
        _inArguments = false;
        return read;
    }

    private bool SkipValue()
    {
        if (_reader.Type is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            var depth = _reader.Depth;
            do
            {
                if (!Next())
                {
                    return false;
                }
            }
            while (_reader.Depth > depth);
        }

        return true;
    }

    private bool Next()
    {
        if (!_reader.Read())
        {
            return false;
        }

        if (++_tokens > _limits.MaxTokens)
        {
            return Exceeded($"message has more than {_limits.MaxTokens} tokens at byte", _reader.Start);
        }

        switch (_reader.Type)
        {
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                // Depth does not count the container that opens here.
                var depth = _reader.Depth + 1;
                if (depth > _limits.MaxDepth)
                {
                    return Exceeded($"message is nested deeper than {_limits.MaxDepth} at byte", _reader.Start);
                }

                _memberCounts[depth] = 0;
                _deepest = Math.Max(_deepest, depth);
                return true;

            case JsonTokenType.PropertyName when ++_memberCounts[_reader.Depth] > _limits.MaxMembers:
                return Exceeded($"an object has more than {_limits.MaxMembers} members at byte", _reader.Start);

            case JsonTokenType.String or JsonTokenType.PropertyName when _inArguments && _reader.ContentLength > _limits.MaxArgumentStringBytes:
                return Exceeded($"a string in arguments is longer than {_limits.MaxArgumentStringBytes} bytes at byte", _reader.Start);

            default:
                return true;
        }
    }

    private void Check(MemberOf of, ReadOnlySpan<byte> name, ByteRange value, JsonTokenType type)
    {
        switch (of)
        {
            case MemberOf.Envelope:
                CheckEnvelope(name, value, type);
                break;
            case MemberOf.Params when name.SequenceEqual("_meta"u8):
                if (type != JsonTokenType.StartObject)
                {
                    Fault(RpcErrorCodes.InvalidParams, "_meta is no object at byte", value.Start);
                }

                break;
            case MemberOf.Params when name.SequenceEqual("name"u8) || name.SequenceEqual("uri"u8) || name.SequenceEqual("cursor"u8) || name.SequenceEqual("requestId"u8):
            case MemberOf.Params when name.SequenceEqual("progressToken"u8):
            case MemberOf.ParamsMeta when name.SequenceEqual("progressToken"u8):
            case MemberOf.Ref when name.SequenceEqual("name"u8) || name.SequenceEqual("uri"u8):
                CheckRoutable(RpcErrorCodes.InvalidParams, value, type);
                break;
            case MemberOf.Result when name.SequenceEqual("nextCursor"u8):
                CheckRoutable(RpcErrorCodes.InvalidRequest, value, type);
                break;
            case MemberOf.Error when name.SequenceEqual("code"u8):
                _hasErrorCode = true;
                if (type != JsonTokenType.Number || !System.Buffers.Text.Utf8Parser.TryParse(value.In(_bytes), out long _, out var used) || used != value.Length)
                {
                    Fault(RpcErrorCodes.InvalidRequest, "error code is no integer at byte", value.Start);
                }

                break;
            case MemberOf.Error when name.SequenceEqual("message"u8) && type != JsonTokenType.String:
                Fault(RpcErrorCodes.InvalidRequest, "error message is no string at byte", value.Start);
                break;
        }
    }

    private void CheckEnvelope(ReadOnlySpan<byte> name, ByteRange value, JsonTokenType type)
    {
        if (name.SequenceEqual("id"u8))
        {
            (_id, _idType, _ids) = (value, type, _ids + 1);
            _idBroken |= !CheckId(value, type);
        }
        else if (name.SequenceEqual("method"u8))
        {
            (_method, _hasMethod) = (value, true);
            if (type != JsonTokenType.String)
            {
                Fault(RpcErrorCodes.InvalidRequest, "method is no string at byte", value.Start);
            }

            CheckRoutable(RpcErrorCodes.InvalidRequest, value, type);
        }
        else if (name.SequenceEqual("jsonrpc"u8))
        {
            _hasVersion = true;
            if (!value.In(_bytes).SequenceEqual("\"2.0\""u8))
            {
                Fault(RpcErrorCodes.InvalidRequest, "jsonrpc is not \"2.0\" at byte", value.Start);
            }
        }
        else if (name.SequenceEqual("params"u8))
        {
            if (type != JsonTokenType.StartObject)
            {
                Fault(RpcErrorCodes.InvalidParams, "params is no object at byte", value.Start);
            }
        }
        else if (name.SequenceEqual("result"u8))
        {
            _hasResult = true;
            if (type != JsonTokenType.StartObject)
            {
                Fault(RpcErrorCodes.InvalidRequest, "result is no object at byte", value.Start);
            }
        }
        else if (name.SequenceEqual("error"u8))
        {
            _hasError = true;
            if (type != JsonTokenType.StartObject)
            {
                Fault(RpcErrorCodes.InvalidRequest, "error is no object at byte", value.Start);
            }
        }
    }

    // MCP 2025-11-25, basic, "Requests": string or integer, not null. JSON-RPC 2.0, section 5: null on errors that belong to no request.
    private bool CheckId(ByteRange value, JsonTokenType type)
    {
        if (value.Length > _limits.MaxIdBytes)
        {
            return Fault(RpcErrorCodes.InvalidRequest, $"id is longer than {_limits.MaxIdBytes} bytes at byte", value.Start);
        }

        return type switch
        {
            JsonTokenType.String => CheckRoutable(RpcErrorCodes.InvalidRequest, value, type),
            JsonTokenType.Number => !value.In(_bytes).ContainsAny(".eE"u8) || Fault(RpcErrorCodes.InvalidRequest, "id is no integer at byte", value.Start),
            JsonTokenType.Null => false,
            _ => Fault(RpcErrorCodes.InvalidRequest, "id is neither a string nor an integer at byte", value.Start),
        };
    }

    private bool CheckRoutable(int code, ByteRange value, JsonTokenType type) =>
        type != JsonTokenType.String || JsonText.IsRoutable(value.In(_bytes)[1..^1])
        || Fault(code, "a name, URI, cursor or id holds a lone surrogate or NUL at byte", value.Start);

    private void CheckMessage()
    {
        if (!_hasVersion)
        {
            Fault(RpcErrorCodes.InvalidRequest, "message has no jsonrpc member, at byte", 0);
        }

        if ((_hasMethod ? 1 : 0) + (_hasResult ? 1 : 0) + (_hasError ? 1 : 0) != 1)
        {
            Fault(RpcErrorCodes.InvalidRequest, "message must have exactly one of method, result and error, at byte", 0);
        }

        if (_ids > 0 && _idType == JsonTokenType.Null && !_hasError)
        {
            Fault(RpcErrorCodes.InvalidRequest, "id is null at byte", _id.Start);
        }

        if (_ids == 0 && _hasResult)
        {
            Fault(RpcErrorCodes.InvalidRequest, "result has no id, at byte", 0);
        }

        if (_hasError && !_hasErrorCode)
        {
            Fault(RpcErrorCodes.InvalidRequest, "error has no code, at byte", 0);
        }
    }

    private static int CodeOf(MemberOf? of) =>
        of is MemberOf.Params or MemberOf.ParamsMeta or MemberOf.Ref or null ? RpcErrorCodes.InvalidParams : RpcErrorCodes.InvalidRequest;

    private static string Describe(MemberOf? of) => of switch
    {
        MemberOf.Envelope => "the message",
        MemberOf.Params => "params",
        MemberOf.ParamsMeta or MemberOf.ResultMeta => "_meta",
        MemberOf.Result => "result",
        MemberOf.Error => "error",
        MemberOf.Ref => "ref",
        _ => "arguments",
    };

    // The scan ends here, so that this is what must be told.
    private bool Exceeded(string what, long at)
    {
        _fault = (RpcErrorCodes.InvalidRequest, $"{what} {at}");
        return false;
    }

    private bool Fault(int code, string what, long at)
    {
        _fault ??= (code, $"{what} {at}");
        return false;
    }
}
