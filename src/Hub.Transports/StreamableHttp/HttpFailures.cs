using System.Net.Http.Headers;
using System.Text;
using McpHub.Protocol.Errors;
using McpHub.Transports.Credentials;

namespace McpHub.Transports.StreamableHttp;

/// <summary>What a failed request or a refusing answer means (contract 2, 3-23).</summary>
internal static class HttpFailures
{
    public const int ExcerptChars = 200;
    private const int MaskedBytes = 16 * 1024;
    private static readonly TimeSpan MaxRetryAfter = TimeSpan.FromHours(1);

    public static HubError Make(string? server, HubErrorDefinition definition, Delivery delivery, params ReadOnlySpan<(string Name, object? Value)> values) =>
        (server is null ? definition.With(values) : definition.With([.. values, ("server", server)])) with { Delivery = delivery };

    public static HubError Violation(string? server, string reason, Delivery delivery = Delivery.Answered) =>
        Make(server, HubErrors.UpstreamViolation, delivery, ("reason", reason));

    /// <param name="server">The server's name.</param>
    /// <param name="failure">What HttpClient threw.</param>
    /// <param name="sent">Whether the first byte of the body may have left: before that the server cannot have run it.</param>
    public static HubError Broken(string? server, Exception failure, bool sent) => failure switch
    {
        HubException known => known.Error,
        HttpRequestException { InnerException: HubException guarded } => guarded.Error,
        HttpRequestException or IOException or OperationCanceledException or TimeoutException => sent
            ? Make(server, HubErrors.OutcomeUnknown, Delivery.Unknown, ("reason", Reason(failure)))
            : Make(server, HubErrors.ConnectFailed, Delivery.NotSent, ("reason", Reason(failure))),
        _ => Make(server, HubErrors.Defect, sent ? Delivery.Unknown : Delivery.NotSent, ("reason", failure.ToString())),
    };

    public static HubError Status(string? server, HttpResponseMessage response, ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        var status = (int)response.StatusCode;
        var secrets = Secrets.Of(response.RequestMessage?.Headers);
        var excerpt = Excerpt(body, secrets);
        if (status is 401 or 403)
        {
            var header = Header(response.Headers, "WWW-Authenticate") is { } written ? Secrets.Mask(written, secrets) : null;
            var challenge = header is null ? null : AuthenticationChallenge.Parse(header);
            return Make(server, HubErrors.Unauthorized, Delivery.Answered, ("status", status), ("challenge", header is null ? "" : ": " + Clean(header))) with
            {
                HttpStatus = status,
                Challenge = challenge,
                Authentication = status == 401
                    ? response.RequestMessage?.Headers.NonValidated.Contains("Authorization") == true ? AuthenticationFailure.Rejected : AuthenticationFailure.NoCredentials
                    : challenge?.Error == "insufficient_scope" ? AuthenticationFailure.InsufficientScope : AuthenticationFailure.Forbidden,
                Details = excerpt.Length == 0 ? [] : [excerpt],
            };
        }

        if (status == 404 && excerpt.Length == 0 && response.RequestMessage?.Method == HttpMethod.Post)
        {
            // A method that the server does not have comes with a JSON-RPC error (2026-07-28, streamable-http, "Protocol Version Header").
            excerpt = "there is no MCP endpoint at this URL";
        }

        // These three say that the request was not taken up, so it may be sent again.
        var later = status is 408 or 429 or 503;
        return Make(server, HubErrors.HttpStatus, later ? Delivery.NotSent : Delivery.Answered, ("status", status), ("excerpt", excerpt.Length == 0 ? "" : ": " + excerpt)) with
        {
            HttpStatus = status,
            RetryAfter = RetryAfter(response.Headers.RetryAfter, now) ?? (later ? TimeSpan.FromSeconds(1) : null),
        };
    }

    /// <param name="body">What the server answered.</param>
    /// <param name="secrets">What must not be shown of it. More than the excerpt is looked at, so that none is cut at its end.</param>
    public static string Excerpt(ReadOnlySpan<byte> body, string[]? secrets = null) =>
        Clean(Secrets.Mask(Encoding.UTF8.GetString(body[..Math.Min(body.Length, secrets is null ? ExcerptChars * 4 : MaskedBytes)]), secrets ?? []));

    public static string? Header(HttpHeaders headers, string name) => headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;

    private static TimeSpan? RetryAfter(RetryConditionHeaderValue? header, DateTimeOffset now)
    {
        var wait = header?.Delta ?? header?.Date - now;
        return wait is not { } given ? null : TimeSpan.FromTicks(Math.Clamp(given.Ticks, 0, MaxRetryAfter.Ticks));
    }

    // Control characters would forge log lines and move an operator's cursor.
    private static string Clean(string text)
    {
        var clean = new StringBuilder(ExcerptChars);
        foreach (var rune in text.EnumerateRunes())
        {
            if (clean.Length + rune.Utf16SequenceLength > ExcerptChars)
            {
                break;
            }

            var blank = Rune.IsControl(rune) || Rune.IsWhiteSpace(rune);
            if (!blank)
            {
                clean.Append(rune);
            }
            else if (clean.Length > 0 && clean[^1] != ' ')
            {
                clean.Append(' ');
            }
        }

        return clean.ToString().TrimEnd();
    }

    private static string Reason(Exception failure) =>
        failure is OperationCanceledException { InnerException: TimeoutException late } ? late.Message : failure.InnerException is { } inner and not OperationCanceledException ? $"{failure.Message}: {inner.Message}" : failure.Message;
}
