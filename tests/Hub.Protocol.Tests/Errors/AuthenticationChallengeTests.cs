namespace McpHub.Protocol.Tests.Errors;

public sealed class AuthenticationChallengeTests
{
    [Theory]
    [InlineData("Bearer", "Bearer", "")]
    [InlineData("Bearer realm=\"a, \\\"b\\\"\", error=invalid_token", "Bearer", "realm=a, \"b\";error=invalid_token")]
    [InlineData("Basic realm=\"x\", Bearer scope=\"read write\" , resource_metadata = \"https://s/.well-known\"", "Bearer", "scope=read write;resource_metadata=https://s/.well-known")]
    [InlineData("Negotiate, Basic realm=x", "Negotiate", "")]
    [InlineData("Bearer SCOPE=\"unclosed", "Bearer", "scope=unclosed")]
    public void The_bearer_challenge_is_taken_or_else_the_first(string header, string scheme, string parameters)
    {
        var challenge = AuthenticationChallenge.Parse(header)!;
        Assert.Equal(scheme, challenge.Scheme);
        var expected = parameters.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(part => part.Split('=', 2)).ToArray();
        Assert.Equal(expected.Length, challenge.Parameters.Count);
        Assert.All(expected, pair => Assert.Equal(pair[1], challenge.Parameters[pair[0]]));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" , ")]
    [InlineData("=")]
    [InlineData("\"")]
    public void Nothing_that_can_be_read_is_no_challenge(string header) => Assert.Null(AuthenticationChallenge.Parse(header));
}
