namespace McpHub.Host.Tests.Downstream;

/// <summary>One hub with one server for the tests that change nothing in it.</summary>
public sealed class HubFixture : IAsyncLifetime
{
    internal TestHub Hub { get; private set; } = null!;

    public async Task InitializeAsync() => Hub = await TestHub.StartAsync(null, TestHub.Peer("peer", "--tools", "2", "--prompts", "1", "--resources", "1", "--templates", "1"));

    public async Task DisposeAsync() => await Hub.DisposeAsync();
}
