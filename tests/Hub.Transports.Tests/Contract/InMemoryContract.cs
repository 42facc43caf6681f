using System.Text;
using McpHub.Samples;

namespace McpHub.Transports.Tests.Contract;

/// <summary>A transport that a user wrote: the one of samples/InMemoryTransport, as it is there.</summary>
public sealed class InMemoryContract : TransportContract
{
    private InMemoryTransport _transport = null!;

    protected override int? MessageLimit => null;

    // Nobody but the two of them is there to be reached.
    protected override int Openings => 0;

    protected override Task<ITransport> CreateAsync() => Task.FromResult<ITransport>(_transport = new InMemoryTransport());

    protected override ITransport CreateToTheSilent() => new InMemoryTransport();

    protected override Task<IContractPeer> AcceptAsync() => Task.FromResult<IContractPeer>(new Peer(_transport));

    protected override Task EndWasToldAsync(IContractPeer peer) => ItIsOver(code: null);

    private sealed class Peer(InMemoryTransport transport) : IContractPeer
    {
        public Task SayAsync(ReadOnlyMemory<byte> utf8) => transport.SayAsync(utf8).AsTask();

        public Task MakeNoiseAsync() => Task.CompletedTask;    // there is no framing

        public async Task<Heard> HearAsync() => new(Encoding.UTF8.GetString((await transport.FromHub.ReadAsync()).Span), SayAsync);

        public Task EndAsync()
        {
            transport.HangUp();
            return Task.CompletedTask;
        }

        public void Vanish() => transport.HangUp("it is gone");

        public async ValueTask DisposeAsync() => await EndAsync();
    }
}
