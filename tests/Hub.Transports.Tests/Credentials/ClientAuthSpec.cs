using McpHub.Protocol.Errors;
using McpHub.Transports.Tests.StreamableHttp;
using Microsoft.AspNetCore.Http;

namespace McpHub.Transports.Tests.Credentials;

/// <summary>Who gets a server's credentials, and what is made of those it refuses.</summary>
public sealed class ClientAuthSpec : HttpTransportSpec
{
    private const string Secret = "s3cret-token";

    [Fact(DisplayName = "G-001 a token is on every request, GET and DELETE included, and in no URL")]
    public async Task On_every_request()
    {
        await ServeLegacy();
        await ReconnectAsync(new ClientAuth(Secret));
        await Handshake();
        await Until(() => Server.Requests.Any(request => request.Method == "GET"));
        await Transport.DisposeAsync();

        Assert.Equal(["POST", "POST", "GET", "DELETE"], Server.Requests.Select(request => request.Method));
        Assert.All(Server.Requests, request => Assert.Equal("Bearer " + Secret, request.Header("Authorization")));
        Assert.DoesNotContain(Secret, $"{Server.Url}{new StreamableHttpParameters(Server.Url) { Auth = new ClientAuth(Secret) }}", StringComparison.Ordinal);
    }

    [Fact(DisplayName = "G-002 a token that changes is on the next request, on the same connection")]
    public async Task A_token_that_changes()
    {
        await ServeLegacy();
        var tokens = new Queue<string?>(["one", "one", "two", null, ""]);
        await ReconnectAsync(new ClientAuth(_ => ValueTask.FromResult(tokens.Dequeue())));
        for (var exchange = 2; exchange <= 6; exchange++)
        {
            await Ask(exchange);
            await NextText(exchange);
            Assert.Null((await Ended(exchange)).Error);
        }

        Assert.Equal(["Bearer one", "Bearer one", "Bearer two", null, null], Server.Requests.Select(request => request.Header("Authorization")));
        Assert.Single(Server.Requests.Select(request => request.Connection).Distinct());
    }

    [Fact]
    public async Task A_provider_that_fails_ends_its_request_unsent_and_no_other()
    {
        await ServeLegacy();
        var asked = 0;
        await ReconnectAsync(new ClientAuth(_ => ++asked == 1 ? throw new InvalidOperationException("the vault is shut") : ValueTask.FromResult<string?>("good")));
        await Ask(2);
        var error = (await Ended(2)).Error!;
        Assert.Equal((HubErrors.CredentialsUnavailable, Delivery.NotSent), (error.Definition, error.Delivery));
        Assert.Contains("the vault is shut", error.Message, StringComparison.Ordinal);
        Assert.Equal(AuthenticationFailure.NoCredentials, Assert.IsType<AuthenticationError>(HubException.From(error)).Kind);

        await Ask(3);
        await NextText(3);
        Assert.Equal(["Bearer good"], Server.Requests.Select(request => request.Header("Authorization")));
    }

    [Theory]
    [InlineData("Mcp-Session-Id", "mine")]
    [InlineData("Host", "elsewhere")]
    [InlineData("X Y", "a")]
    [InlineData("X-Key", "s3cret\r\nX-Other: b")]
    public async Task Headers_of_its_own_cannot_override_what_the_protocol_computes(string name, string value)
    {
        await ServeLegacy();
        await ReconnectAsync(new OwnHeaders(new Dictionary<string, string> { [name] = value }));
        await Ask(2);
        var error = (await Ended(2)).Error!;
        Assert.Equal(HubErrors.CredentialsUnavailable, error.Definition);
        Assert.DoesNotContain("s3cret", error.Message, StringComparison.Ordinal);
        Assert.Empty(Server.Requests);
    }

    [Fact]
    public async Task Headers_of_its_own_win_over_fixed_ones()
    {
        await ServeLegacy();
        await Transport.DisposeAsync();
        Connect(new StreamableHttpParameters(Server.Url)
        {
            Headers = new Dictionary<string, string> { ["X-Key"] = "old", ["X-Team"] = "a" },
            Auth = new OwnHeaders(new Dictionary<string, string> { ["x-key"] = "new" }),
        });
        await Ask(2);
        await NextText(2);
        var request = Assert.Single(Server.Requests);
        Assert.Equal(("new", "a"), (request.Header("X-Key"), request.Header("X-Team")));
    }

    [Fact]
    public async Task A_redirect_to_another_origin_gets_no_credentials()
    {
        await using var other = await ScriptedHttpServer.StartAsync((http, _) => http.Json(Answer(2)));
        await Serve((http, _) =>
        {
            http.Response.Headers.Location = other.Url.AbsoluteUri;
            return http.Status(307);
        });
        await ReconnectAsync(new ClientAuth(Secret));
        await Ask(2);
        Assert.NotNull((await Ended(2)).Error);
        Assert.Empty(other.Requests);
    }

    [Theory(DisplayName = "G-001 a server that repeats the credentials it refuses does not bring them into an error")]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(500)]
    public async Task A_repeated_credential_is_masked(int status)
    {
        await Serve((http, request) =>
        {
            http.Response.Headers.WWWAuthenticate = $"Bearer error_description=\"not {request.Header("Authorization")}\"";
            http.Response.StatusCode = status;
            return http.Response.WriteAsync($"no {request.Header("Authorization")} and {request.Header("X-Api-Key")}" + new string('.', 300));
        });
        await Transport.DisposeAsync();
        Connect(new StreamableHttpParameters(Server.Url) { Name = "peer", Auth = new ClientAuth(Secret), Headers = new Dictionary<string, string> { ["X-Api-Key"] = "an0ther-secret" } });
        await Ask(2);
        var error = (await Ended(2)).Error!;
        var text = $"{error}{error.Message}{string.Join(' ', error.Details)}{HubException.From(error)}";
        Assert.Contains("Bearer ***", text, StringComparison.Ordinal);
        Assert.DoesNotContain("an0ther", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, text, StringComparison.Ordinal);
    }

    [Fact]
    public void Parameters_as_text_have_no_secret()
    {
        var headers = new Dictionary<string, string> { ["X-Api-Key"] = Secret };
        var url = new Uri("https://peer.example/mcp?key=" + Secret);
        ServerParameters[] all =
        [
            new StreamableHttpParameters(url) { Headers = headers, Auth = new ClientAuth(Secret) },
            new SseServerParameters(url) { Headers = headers, MessageUrl = url, AllowedOrigins = [url] },
            new WebSocketServerParameters(new Uri("wss://peer.example/mcp?key=" + Secret)) { Headers = headers },
            new StdioServerParameters("peer", "--key", Secret) { Env = new Dictionary<string, string?> { ["KEY"] = Secret } },
        ];
        Assert.All(all, parameters => Assert.DoesNotContain(Secret, parameters.ToString(), StringComparison.Ordinal));
        Assert.Contains("Url = https://peer.example/mcp, Headers = X-Api-Key,", all[0].ToString(), StringComparison.Ordinal);
    }

    [Theory(DisplayName = "G-011 no token, a bad token, a bad scope and a plain refusal are told apart, with the parsed challenge")]
    [InlineData(null, 401, "Bearer resource_metadata=\"https://a.example/meta\", scope=\"a b\"", AuthenticationFailure.NoCredentials, null)]
    [InlineData(Secret, 401, "Bearer error=\"invalid_token\"", AuthenticationFailure.Rejected, "invalid_token")]
    [InlineData(Secret, 403, "Bearer error=\"insufficient_scope\", scope=\"write\"", AuthenticationFailure.InsufficientScope, "insufficient_scope")]
    [InlineData(Secret, 403, null, AuthenticationFailure.Forbidden, null)]
    public async Task Refusals_are_told_apart(string? token, int status, string? challenge, AuthenticationFailure kind, string? error)
    {
        await Serve((http, _) =>
        {
            if (challenge is not null)
            {
                http.Response.Headers.WWWAuthenticate = challenge;
            }

            return http.Status(status);
        });
        await ReconnectAsync(new ClientAuth(token));
        await Ask(2);
        var refused = Assert.IsType<AuthenticationError>(HubException.From((await Ended(2)).Error!));
        Assert.Equal((kind, error), (refused.Kind, refused.Challenge?.Error));
        Assert.DoesNotContain(Secret, refused.ToString(), StringComparison.Ordinal);
        Assert.Single(Server.Requests); // Nothing is tried again by itself: G-012 has nobody to ask for a new token.
    }

    [Theory]
    [InlineData("with blank")]
    [InlineData("line\nbreak")]
    [InlineData("é")]
    public void A_token_that_cannot_be_sent_is_refused_at_once(string token) => Assert.Equal("HUB1001", Assert.Throws<HubException>(() => new ClientAuth(token)).Code);

    private Task ServeLegacy() => Serve((http, request) =>
    {
        if (request.Text.Contains("\"initialize\"", StringComparison.Ordinal))
        {
            http.Response.Headers["Mcp-Session-Id"] = "s1";
        }

        return request.Method switch
        {
            "GET" => http.Status(405),
            "DELETE" => http.Status(204),
            _ => request.Text.Contains("\"id\"", StringComparison.Ordinal) ? http.Json(Answer(long.Parse(IdOf(request), null))) : http.Status(202),
        };
    });

    private async Task ReconnectAsync(ClientAuth auth)
    {
        await Transport.DisposeAsync();
        Connect(new StreamableHttpParameters(Server.Url) { Name = "peer", Auth = auth });
    }

    private sealed class OwnHeaders(IReadOnlyDictionary<string, string> headers) : ClientAuth
    {
        public override ValueTask<IReadOnlyDictionary<string, string>> GetHeadersAsync(CancellationToken ct = default) => ValueTask.FromResult(headers);
    }
}
