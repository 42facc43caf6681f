using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Json.Schema;

namespace McpHub.Actors.Validation;

/// <summary>
/// The library can neither be cancelled nor bounded: a few references that meet twice take for ever, a deep chain ends the process. So every node of a compiled schema gets a first
/// keyword of ours, which counts the work of the evaluation under way on its thread and stops it.
/// </summary>
internal sealed class SchemaBudget : IKeywordHandler
{
    public const string TooLong = "it would take too long";

    private const string KeywordName = "x-hub-budget";

    // Public, but init only: the library has no other door for a keyword that the schema does not name.
    private static readonly PropertyInfo _keywords = typeof(JsonSchemaNode).GetProperty(nameof(JsonSchemaNode.Keywords))!;

    private static readonly TimeSpan _timeLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _matchLimit = TimeSpan.FromMilliseconds(100);

    [ThreadStatic]
    private static long _left;

    [ThreadStatic]
    private static long _since;

    private SchemaBudget()
    {
    }

    public string Name => KeywordName;

    /// <summary>Gives the evaluation that follows on this thread 2 s and so many steps; a step is a node applied to a value, or a character or an item that one keyword looks at.</summary>
    public static void Begin(long steps) => (_left, _since) = (steps, Stopwatch.GetTimestamp());

    /// <summary>Puts itself into a schema, and in place of patterns that may backtrack for ever some that do not.</summary>
    public static void Install(JsonSchemaNode root)
    {
        // Not by recursion: a schema may be a long chain.
        var seen = new HashSet<JsonSchemaNode>(ReferenceEqualityComparer.Instance);
        var left = new Stack<JsonSchemaNode>([root]);
        while (left.TryPop(out var node))
        {
            // Those of the library's own meta-schemas are shared and may have it already.
            if (!seen.Add(node) || node.Keywords is not { Length: > 0 } keywords || keywords[0].Handler is SchemaBudget)
            {
                continue;
            }

            var cost = new NodeCost();
            foreach (var keyword in keywords)
            {
                Look(keyword, cost);
                foreach (var child in keyword.Subschemas ?? [])
                {
                    left.Push(child);
                }
            }

            _keywords.SetValue(node, (KeywordData[])[Keyword(cost), .. keywords]);
        }
    }

    public object? ValidateKeywordValue(JsonElement value) => null;

    public void BuildSubschemas(KeywordData keyword, BuildContext context)
    {
        // It has none.
    }

    public KeywordEvaluation Evaluate(KeywordData keyword, EvaluationContext context)
    {
        _left -= ((NodeCost)keyword.Value!).Of(context.Instance);
        if (_left < 0 || Stopwatch.GetElapsedTime(_since) > _timeLimit)
        {
            throw new SchemaException(TooLong);
        }

        return RuntimeHelpers.TryEnsureSufficientExecutionStack() ? KeywordEvaluation.Ignore : throw new SchemaException("it refers to itself too deeply");
    }

    private static KeywordData Keyword(NodeCost cost)
    {
        var carrier = JsonSchema.FromText($$"""{"{{KeywordName}}":true}""", new BuildOptions { Dialect = new Dialect([new SchemaBudget()]), SchemaRegistry = new SchemaRegistry() });
        var keyword = carrier.Root.Keywords[0];
        keyword.Value = cost;
        return keyword;
    }

    private static void Look(KeywordData keyword, NodeCost cost)
    {
        switch (keyword.Handler.Name)
        {
            case "pattern" when keyword.Value is Regex pattern:
                keyword.Value = Bounded(pattern);
                cost.Patterns++;
                break;
            case "patternProperties" when keyword.Value is Dictionary<string, Regex> patterns:
                foreach (var (name, pattern) in patterns.ToArray())
                {
                    patterns[name] = Bounded(pattern);
                }

                cost.NamePatterns += patterns.Count;
                break;
            case "enum" when keyword.RawValue.ValueKind == JsonValueKind.Array:
                cost.Values += keyword.RawValue.GetArrayLength();
                break;
            case "uniqueItems":
                cost.ComparesItems = true;
                break;
        }
    }

    private static Regex Bounded(Regex pattern)
    {
        try
        {
            return new Regex(pattern.ToString(), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (NotSupportedException)
        {
            // Look-arounds need backtracking; common libraries write such patterns for e-mail addresses.
            return new Regex(pattern.ToString(), RegexOptions.ECMAScript | RegexOptions.CultureInvariant, _matchLimit);
        }
    }

    /// <summary>What it costs to apply a node once, beside its children.</summary>
    private sealed class NodeCost
    {
        public int Patterns { get; set; }

        public int NamePatterns { get; set; }

        public int Values { get; set; }

        public bool ComparesItems { get; set; }

        public long Of(JsonElement value)
        {
            var cost = 1L + Values;
            switch (value.ValueKind)
            {
                case JsonValueKind.String when Patterns > 0:
                    cost += (long)Patterns * value.GetRawText().Length;
                    break;
                case JsonValueKind.Object when NamePatterns > 0:
                    cost += value.EnumerateObject().Sum(member => (long)NamePatterns * member.Name.Length);
                    break;
                case JsonValueKind.Array when ComparesItems:
                    cost += (long)value.GetArrayLength() * value.GetArrayLength();
                    break;
            }

            return cost;
        }
    }
}

/// <summary>A schema cannot be applied; the message completes "it cannot be validated: …".</summary>
internal sealed class SchemaException(string reason) : Exception(reason);
