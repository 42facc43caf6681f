using System.Text.Json;
using McpHub.Actors.Servers;

namespace McpHub.Scenarios.Resilience;

public sealed class KilledServerSpec
{
    [Fact(DisplayName = "kill -9 of a server with 20 calls in flight: each ends once as unknown, the other server is undisturbed, the child comes back, nothing is left")]
    public async Task A_killed_server_takes_only_its_own_calls()
    {
        await using (var warm = await HubUnderTest.StartAsync(HubUnderTest.Peer("warm")))
        {
            await warm.TextAsync("warm__echo");
        }

        var descriptors = Signals.OpenDescriptors();
        var processes = new List<int>();
        var hub = await HubUnderTest.StartAsync(HubUnderTest.Peer("victim"), HubUnderTest.Peer("other"));
        await using (hub)
        {
            var victim = (await hub.ExpectAsync("victim", ServerPhase.Ready)).ProcessId!.Value;
            processes.Add(victim);
            processes.Add((await hub.ExpectAsync("other", ServerPhase.Ready)).ProcessId!.Value);
            var doomed = Enumerable.Range(0, 20).Select(_ => hub.Call("victim__hold")).ToArray();
            var others = Enumerable.Range(0, 20).Select(_ => hub.Call("other__hold")).ToArray();
            // Answered once all 20 are open at the server, on the same pipe: so the doomed ones have been read too.
            await hub.TextAsync("victim__echo");

            Signals.Kill(victim);

            foreach (var call in doomed)
            {
                var answer = await HubUnderTest.AnswerAsync(call);
                Assert.True(answer.IsError);
                Assert.Equal(2007, answer.ErrorCode);
                using var error = JsonDocument.Parse(answer.Part);
                Assert.Equal("unknown", error.RootElement.GetProperty("data").GetProperty("delivery").GetString());
                Assert.Equal("victim", error.RootElement.GetProperty("data").GetProperty("server").GetString());
            }

            Assert.Equal("20", await hub.TextAsync("other__release", """{"atLeast":20}"""));
            foreach (var call in others)
            {
                Assert.Equal("released", HubUnderTest.TextOf(await HubUnderTest.AnswerAsync(call)));
            }

            var revived = (await hub.ExpectAsync("victim", ServerPhase.Ready, otherThanProcess: victim)).ProcessId!.Value;
            processes.Add(revived);
            Assert.NotEqual("", await hub.TextAsync("victim__echo"));
            Assert.Equal(0, hub.Runtime.Table.Servers[0].Session.InFlight);
        }

        Assert.All(processes, process => Assert.False(Signals.IsAlive(process), $"process {process} is left"));
        await HubUnderTest.EventuallyAsync(() => Signals.OpenDescriptors() <= descriptors + 2 ? "" : null, $"more than {descriptors} descriptors are open");
    }
}
