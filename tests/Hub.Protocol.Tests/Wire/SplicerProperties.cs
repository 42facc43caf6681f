using System.Text;
using System.Text.Json;
using CsCheck;
using McpHub.Protocol.Wire;

namespace McpHub.Protocol.Tests.Wire;

/// <summary>The splicer against the same edits on a tree of raw texts.</summary>
public sealed class SplicerProperties
{
    private static readonly Gen<(MemberOf Of, bool Set, string Name, string Value)> _edit = Gen.Select(
        Gen.Frequency((1, MemberOf.Envelope), (4, MemberOf.Params), (4, MemberOf.ParamsMeta), (2, MemberOf.Result), (2, MemberOf.ResultMeta), (1, MemberOf.Error), (1, MemberOf.Ref)),
        Gen.Bool,
        Gen.Frequency((8, Gen.OneOf("a", "b", "c", "d", "e", "name", "type", "x", "y/z", "new", "id", "code", "content")), (1, Gen.OneOf("_meta", "ref", "params", "result"))),
        MessageGen.Value);

    private int _spliced;
    private int _changed;

    [Fact]
    public void Edits_change_what_they_name_and_nothing_else()
    {
        Gen.Select(MessageGen.Message, _edit.Array[0, 6]).Sample((message, edits) =>
        {
            var frame = Encoding.UTF8.GetBytes(message);
            if (!EnvelopeScanner.TryScan(frame, ScanLimits.FromServer, out var envelope, out _))
            {
                return;
            }

            Interlocked.Increment(ref _spliced);
            var splicer = new EnvelopeSplicer(envelope);
            var tree = Tree.Of(frame);
            foreach (var (of, set, name, value) in edits)
            {
                if (!set)
                {
                    splicer.Remove(of, Encoding.UTF8.GetBytes(name));
                    tree.Remove(of, name);
                }
                else if (tree.Set(of, name, value))
                {
                    splicer.Set(of, name, Encoding.UTF8.GetBytes(value));
                }
                else
                {
                    Assert.Throws<InvalidOperationException>(() => splicer.Set(of, name, Encoding.UTF8.GetBytes(value)));
                }
            }

            var made = splicer.ToFrame();
            // What is inserted stands behind what came; the order among insertions is nobody's business.
            Assert.Equal(Tree.Of(Encoding.UTF8.GetBytes(tree.ToString())).Sorted(), Tree.Of(made).Sorted());
            Assert.True(Tree.Of(made).KeepsOrderOf(Tree.Of(frame), name => edits.Any(edit => edit.Set && edit.Name == name)), Encoding.UTF8.GetString(made));
            foreach (var (part, name) in new[] { (MemberOf.Params, "params"), (MemberOf.Result, "result"), (MemberOf.Error, "error") })
            {
                using var document = JsonDocument.Parse(made);
                var expected = document.RootElement.TryGetProperty(name, out var element) ? element.GetRawText() : "";
                Assert.Equal(expected, Encoding.UTF8.GetString(splicer.ToPart(part).Span));
                Assert.Equal(expected, Encoding.UTF8.GetString(splicer.ToSequence(part)));
                Assert.Equal(expected, Encoding.UTF8.GetString(splicer.ToSequence(part, joined: 0)));
            }

            if (splicer.IsUnchanged)
            {
                Assert.Equal(frame, made);
            }
            else
            {
                Interlocked.Increment(ref _changed);
            }
        }, iter: 10_000);
        Assert.True(_spliced > 2_000 && _changed > 1_500, $"{_spliced} spliced, {_changed} changed: the generators have become one-sided");
    }

    [Fact]
    public void One_edit_leaves_all_bytes_before_and_behind_the_member_as_they_came()
    {
        Gen.Select(MessageGen.Message, Gen.Int[0, 1000], MessageGen.Value).Sample((message, index, value) =>
        {
            var frame = Encoding.UTF8.GetBytes(message);
            if (!EnvelopeScanner.TryScan(frame, ScanLimits.FromServer, out var envelope, out _))
            {
                return;
            }

            var member = envelope.Members[index % envelope.Members.Length];
            var name = Encoding.UTF8.GetString(envelope.Bytes(member.Name).Span);
            if (name.Any(c => c is '\\' or > '~'))
            {
                return;
            }

            byte[] expected = [.. frame[..member.Value.Start], .. Encoding.UTF8.GetBytes(value), .. frame[member.Value.End..]];
            Assert.Equal(expected, new EnvelopeSplicer(envelope).Set(member.Of, name, Encoding.UTF8.GetBytes(value)).ToFrame());
        }, iter: 5_000);
    }

    /// <summary>An object that is indexed, or the raw text of a value.</summary>
    private sealed class Tree
    {
        private static readonly string[] _indexed = ["", "params", "params/_meta", "params/ref", "result", "result/_meta", "error"];

        private List<Node>? _members;
        private string _raw = "";
        private Action? _undo;

        public static Tree Of(byte[] frame)
        {
            using var document = JsonDocument.Parse(frame);
            return Of(document.RootElement, "");
        }

        public override string ToString() => _members is null ? _raw
            : "{" + string.Join(',', _members.Where(member => member.Value is not null).Select(member => $"\"{member.RawName}\":{member.Value}")) + "}";

        public string Sorted() => _members is null ? _raw
            : "{" + string.Join(',', _members.OrderBy(member => member.Name, StringComparer.Ordinal).Select(member => $"\"{member.RawName}\":{member.Value!.Sorted()}")) + "}";

        /// <param name="original">What came.</param>
        /// <param name="wasSet">Whether a member of that name was set: an object that was set as a whole has an order of its own.</param>
        public bool KeepsOrderOf(Tree original, Func<string, bool> wasSet)
        {
            if (_members is null || original._members is null)
            {
                return true;
            }

            var kept = _members.Where(member => original._members.Exists(came => came.RawName == member.RawName)).ToList();
            var came = original._members.Where(member => kept.Exists(stays => stays.RawName == member.RawName)).ToList();
            return kept.Select(member => member.RawName).SequenceEqual(came.Select(member => member.RawName))
                && kept.Zip(came).All(pair => wasSet(pair.First.Name) || pair.First.Value!.KeepsOrderOf(pair.Second.Value!, wasSet));
        }

        public bool Set(MemberOf of, string name, string value)
        {
            if (Find(of, create: true)?._members is not { } members)
            {
                return false;
            }

            // What only held edits inside it is dropped with them.
            var set = new Tree { _raw = value };
            members.RemoveAll(member => member.Name == name && member.WasInserted && !member.WasSet);
            if (members.Find(member => member.Name == name) is { } existing)
            {
                existing.Value = set;
                existing.WasSet = true;
            }
            else
            {
                members.Add(new Node(name, name) { Value = set, WasSet = true, WasInserted = true });
            }

            return true;
        }

        public void Remove(MemberOf of, string name)
        {
            var tree = Find(of, create: false);
            if (tree?._members is { } members && members.Find(member => member.Name == name) is { } existing)
            {
                // What came with the frame keeps its place, should it be set again.
                existing.Value = null;
                if (existing.WasInserted)
                {
                    members.Remove(existing);
                    tree._undo?.Invoke();
                }
            }
        }

        private static Tree Of(JsonElement element, string path) => !_indexed.Contains(path) || element.ValueKind != JsonValueKind.Object
            ? new Tree { _raw = element.GetRawText() }
            : new Tree
            {
                _members = [.. element.EnumerateObject().Select(property =>
                {
                    var raw = MessageOracle.RawName(property);
                    return new Node(raw, MessageOracle.Meaning(raw)) { Value = Of(property.Value, path.Length == 0 ? raw : $"{path}/{raw}") };
                })],
            };

        private Tree? Find(MemberOf of, bool create) => of switch
        {
            MemberOf.Envelope => this,
            MemberOf.Params => Child("params", false),
            MemberOf.Result => Child("result", false),
            MemberOf.Error => Child("error", false),
            MemberOf.Ref => Child("params", false)?.Child("ref", false),
            MemberOf.ParamsMeta => Child("params", false)?.Child("_meta", create),
            MemberOf.ResultMeta => Child("result", false)?.Child("_meta", create),
            _ => null,
        };

        private Tree? Child(string name, bool create)
        {
            if (_members is null)
            {
                return null;
            }

            var node = _members.Find(member => member.Name == name);
            if (!create)
            {
                return node?.Value;
            }

            if (node is null)
            {
                _members.Add(node = new Node(name, name) { WasInserted = true });
            }

            if (node.Value is null || (node.Value._members is null && !node.WasSet))
            {
                // A _meta made here and emptied again was never there.
                var (made, before) = (new Tree { _members = [] }, node.Value);
                made._undo = () =>
                {
                    if (made._members.Count == 0)
                    {
                        node.Value = before;
                        _members.RemoveAll(member => member == node && node.WasInserted);
                    }
                };
                node.Value = made;
            }

            return node.Value;
        }

        private sealed class Node(string rawName, string name)
        {
            public string RawName => rawName;

            public string Name => name;

            public Tree? Value { get; set; }

            public bool WasSet { get; set; }

            public bool WasInserted { get; set; }
        }
    }
}
