using System.Text;
using McpHub.Actors.Routing;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;

namespace McpHub.Actors.Bridging;

/// <summary>Edits of a server's result on its way to the client (contract 3.12). Each changes nothing where nothing differs.</summary>
internal static class ResultEdits
{
    private static readonly byte[] _complete = "\"complete\""u8.ToArray();
    private static readonly byte[] _zero = "0"u8.ToArray();
    private static readonly byte[] _private = "\"private\""u8.ToArray();
    private static readonly byte[] _resultType = Encoding.ASCII.GetBytes(Projections.ResultType);
    private static readonly byte[] _ttlMs = Encoding.ASCII.GetBytes(Projections.TtlMs);
    private static readonly byte[] _cacheScope = Encoding.ASCII.GetBytes(Projections.CacheScope);
    private static readonly byte[] _serverInfo = Encoding.ASCII.GetBytes(MetaKeys.ServerInfo);
    private static readonly byte[][] _modernMembers = [.. Projections.ModernResultMembers.Select(Encoding.ASCII.GetBytes)];
    private static readonly string _newestContent = Projections.ContentTypes.Max(rule => rule.Since)!;

    /// <summary>The result of a modern server must be final: nothing that would allow another kind was declared to it.</summary>
    /// <returns>What is wrong; <c>null</c> if nothing. A missing <c>resultType</c> counts as complete.</returns>
    public static string? CheckResultType(EnvelopeSplicer result)
    {
        var token = result.Source.Find(MemberOf.Result, "resultType"u8);
        return !token.Exists || result.Source.Bytes(token).Span.SequenceEqual(_complete) ? null : JsonText.Unescape(result.Source.Bytes(token).Span) switch
        {
            "complete" => null,
            "input_required" => "it asks for input, although no client feature was declared",
            "task" => "it answers with a task, although tasks were not declared",
            null => "resultType is no string",
            var other => $"unknown resultType \"{(other.Length > 64 ? other[..64] : other)}\"",
        };
    }

    /// <summary>Takes the modern words out.</summary>
    public static void MakeLegacy(EnvelopeSplicer result)
    {
        foreach (var member in _modernMembers)
        {
            result.Remove(MemberOf.Result, member);
        }

        RequestEdits.RemoveReserved(result, MemberOf.ResultMeta);
    }

    /// <summary>Puts the modern words in.</summary>
    /// <param name="result">The result.</param>
    /// <param name="method">What was asked.</param>
    /// <param name="keepsCacheHints">The server is modern: what it says of caching holds.</param>
    public static void MakeModern(EnvelopeSplicer result, string? method, bool keepsCacheHints)
    {
        RequestEdits.SetUnlessSame(result, MemberOf.Result, _resultType, _complete);
        Cache(_ttlMs, _zero);
        Cache(_cacheScope, _private);
        RequestEdits.RemoveReserved(result, MemberOf.ResultMeta, _serverInfo);
        result.Set(MemberOf.ResultMeta, _serverInfo, HubIdentity.Implementation);

        void Cache(byte[] name, byte[] cautious)
        {
            if (keepsCacheHints && result.Source.Find(MemberOf.Result, name).Exists)
            {
                return;
            }

            if (Projections.CacheableMethods.Contains(method))
            {
                result.Set(MemberOf.Result, name, cautious);
            }
            else if (!keepsCacheHints)
            {
                result.Remove(MemberOf.Result, name);
            }
        }
    }

    /// <summary>A legacy client's structured content is an object: anything else is wrapped, as its tool's output schema was.</summary>
    public static void WrapStructuredContent(EnvelopeSplicer result, string? method, CallRoute route)
    {
        var content = result.Source.Find(MemberOf.Result, "structuredContent"u8);
        if (method == MethodNames.ToolsCall && content.Exists && (route.WrapsOutput || result.Source.Frame.Span[content.Start] != (byte)'{'))
        {
            result.Set(MemberOf.Result, "structuredContent", (byte[])[.. "{\"result\":"u8, .. result.Source.Bytes(content).Span, (byte)'}']);
        }
    }

    /// <summary>Content that the client's revision does not know becomes text about it.</summary>
    public static void ReplaceUnknownContent(EnvelopeSplicer result, string? method, string revision)
    {
        if (ProtocolRevision.IsAtLeast(revision, _newestContent))
        {
            return;
        }

        var member = method switch { MethodNames.ToolsCall => "content", MethodNames.PromptsGet => "messages", _ => null };
        var place = member is null ? default : result.Source.Find(MemberOf.Result, Encoding.ASCII.GetBytes(member));
        if (!place.Exists)
        {
            return;
        }

        var array = result.Source.Bytes(place);
        var patches = new JsonPatches(array);
        foreach (var element in JsonParts.Elements(array))
        {
            var block = member == "content" ? element : Inside(element, JsonParts.Find(element.In(array), "content"u8));
            foreach (var each in array.Span.Slice(block.Start, block.Length) is [(byte)'[', ..] ? JsonParts.Elements(block.In(array)).Select(inner => Inside(block, inner)) : [block])
            {
                if (ContentBlocks.Replacement(each.In(array), revision) is { IsEmpty: false } text)
                {
                    patches.Replace(each, text);
                }
            }
        }

        if (!patches.IsEmpty)
        {
            result.Set(MemberOf.Result, member!, patches.Apply());
        }
    }

    /// <summary>Contents of a resource that the client knows under another URI come back under that URI (contract 3.7, rule 9).</summary>
    public static void MapUri(EnvelopeSplicer result, RelayRequest request, CallRoute route)
    {
        if (request.Envelope.Method != MethodNames.ResourcesRead)
        {
            return;
        }

        var asked = request.Envelope.Bytes(RequestEdits.TargetToken(request.Envelope));
        var place = result.Source.Find(MemberOf.Result, "contents"u8);
        if (!place.Exists || RequestEdits.IsSameText(asked.Span, route.OriginalName.Span))
        {
            return;
        }

        var array = result.Source.Bytes(place);
        var patches = new JsonPatches(array);
        foreach (var element in JsonParts.Elements(array))
        {
            var uri = Inside(element, JsonParts.Find(element.In(array), "uri"u8));
            if (uri.Exists && RequestEdits.IsSameText(uri.In(array.Span), route.OriginalName.Span))
            {
                patches.Replace(uri, asked);
            }
        }

        if (!patches.IsEmpty)
        {
            result.Set(MemberOf.Result, "contents", patches.Apply());
        }
    }

    private static ByteRange Inside(ByteRange outer, ByteRange inner) => inner.Exists ? new ByteRange(outer.Start + inner.Start, inner.Length) : default;
}
