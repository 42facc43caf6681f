// A transport of one's own: a server in the same process, without a pipe or a socket.
//   dotnet run --project samples/InMemoryTransport
await McpHub.Samples.InMemorySample.RunAsync(Console.Out);
