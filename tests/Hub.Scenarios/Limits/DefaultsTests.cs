namespace McpHub.Scenarios.Limits;

public sealed class DefaultsTests
{
    [Fact]
    public void A_TCP_connection_is_opened_within_5_seconds() => Assert.Equal(TimeSpan.FromSeconds(5), new StreamableHttpParameters(new Uri("http://127.0.0.1/mcp")).ConnectTimeout);
}
