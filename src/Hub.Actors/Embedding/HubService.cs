using Microsoft.Extensions.Hosting;

namespace McpHub.Actors.Embedding;

/// <summary>Starts a service's group with its host and closes it at its end.</summary>
internal sealed class HubService(ClientSessionGroup group) : IHostedService
{
    // One signal of the router; a server that is slow or down never holds the host longer than 5 s (contract 0.3, "start").
    public Task StartAsync(CancellationToken cancellationToken) => group.Runtime.Settled.WaitAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => group.DisposeAsync().AsTask();
}
