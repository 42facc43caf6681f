namespace McpHub.Actors.Routing;

/// <summary>
/// Tells whether a URI can be an expansion of a URI template (RFC 6570, levels 1 to 3; the modifiers of level 4 are read and widen what matches).
/// The match walks the URI once with a set of positions, so that no template and no URI can make it back-track.
/// </summary>
internal sealed class UriTemplate
{
    /// <summary>Longest URI that is matched.</summary>
    public const int MaxUriLength = 8 * 1024;

    // Bounds the work for one character of a URI.
    private const int MaxSteps = 1024;

    private readonly Step[] _steps;
    private readonly string _prefix;

    private UriTemplate(Step[] steps, string prefix, int literalLength) => (_steps, _prefix, LiteralLength) = (steps, prefix, literalLength);

    private enum StepKind
    {
        /// <summary>Exactly this character.</summary>
        Char,

        /// <summary>One character of the class.</summary>
        One,

        /// <summary>Any number of characters of the class.</summary>
        Star,

        /// <summary>This character and the step behind it, or neither.</summary>
        Optional,
    }

    /// <summary>Number of literal characters: of two templates that match, the one with more is the more specific.</summary>
    public int LiteralLength { get; }

    /// <summary>Reads a template; <c>null</c> if it is malformed or too long: such a template matches nothing.</summary>
    public static UriTemplate? Parse(string template)
    {
        var steps = new List<Step>(template.Length);
        var literals = 0;
        for (var i = 0; i < template.Length; i++)
        {
            if (template[i] == '}')
            {
                return null;
            }

            if (template[i] != '{')
            {
                steps.Add(new Step(StepKind.Char, template[i]));
                literals++;
                continue;
            }

            var end = template.IndexOf('}', i);
            if (end < 0 || !TryExpression(template.AsSpan(i + 1, end - i - 1), steps))
            {
                return null;
            }

            i = end;
        }

        var prefix = template.AsSpan(0, template.IndexOf('{') is >= 0 and var first ? first : template.Length).ToString();
        return steps.Count <= MaxSteps ? new UriTemplate([.. steps], prefix, literals) : null;
    }

    public bool Matches(string uri)
    {
        if (uri.Length > MaxUriLength || !uri.StartsWith(_prefix, StringComparison.Ordinal))
        {
            return false;
        }

        Span<bool> at = stackalloc bool[_steps.Length + 1];
        Span<bool> next = stackalloc bool[_steps.Length + 1];
        at[_prefix.Length] = true;
        Skip(at);
        foreach (var c in uri.AsSpan(_prefix.Length))
        {
            next.Clear();
            var any = false;
            for (var i = 0; i < _steps.Length; i++)
            {
                if (at[i] && _steps[i].Takes(c))
                {
                    next[_steps[i].Kind == StepKind.Star ? i : i + 1] = any = true;
                }
            }

            if (!any)
            {
                return false;
            }

            Skip(next);
            var taken = at;
            at = next;
            next = taken;
        }

        return at[_steps.Length];
    }

    // Positions that are reached without a character; they only lead forward.
    private void Skip(Span<bool> at)
    {
        for (var i = 0; i < _steps.Length; i++)
        {
            if (at[i] && _steps[i].Kind is StepKind.Star or StepKind.Optional)
            {
                at[i + (_steps[i].Kind == StepKind.Star ? 1 : 2)] |= at[i];
            }
        }
    }

    // RFC 6570, section 2.2: expression = "{" [ operator ] variable-list "}".
    private static bool TryExpression(ReadOnlySpan<char> expression, List<Step> steps)
    {
        if (expression.IsEmpty || expression.Contains('{'))
        {
            return false;
        }

        var variables = "+#./;?&".Contains(expression[0], StringComparison.Ordinal) ? expression[1..] : expression;
        if (variables.IsEmpty)
        {
            return false;
        }

        switch (expression[0])
        {
            case '+':
                steps.Add(new Step(StepKind.Star, AnyChar));
                break;
            case '#':
                AddOptional(steps, '#', AnyChar);
                break;
            case '?' or '&':
                AddOptional(steps, expression[0], '#');
                break;
            case '.' or '/' or ';':
                // "*" repeats the operator for each element of a list.
                if (variables.Contains('*'))
                {
                    AddOptional(steps, expression[0], AnyChar);
                    break;
                }

                for (var i = variables.Count(',') + 1; i > 0; i--)
                {
                    AddOptional(steps, expression[0], '/');
                }

                break;
            default:
                // Servers expand simple variables without percent-encoding: only "/" ends one, as in the SDKs.
                steps.Add(new Step(StepKind.One, '/'));
                steps.Add(new Step(StepKind.Star, '/'));
                break;
        }

        return true;
    }

    private static void AddOptional(List<Step> steps, char lead, char stop)
    {
        steps.Add(new Step(StepKind.Optional, lead));
        steps.Add(new Step(StepKind.Star, stop));
    }

    private const char AnyChar = '\0';

    /// <param name="Kind">What the step takes.</param>
    /// <param name="Char">The character, or for a class the one that is not in it.</param>
    private readonly record struct Step(StepKind Kind, char Char)
    {
        public bool Takes(char c) => Kind is StepKind.Char or StepKind.Optional ? c == Char : Char == AnyChar || c != Char;
    }
}
