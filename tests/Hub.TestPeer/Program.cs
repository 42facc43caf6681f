using System.Runtime.InteropServices;
using System.Text;
using McpHub.Faults;
using McpHub.TestPeer;

// A child process for the tests of the hub: args[0] says what it does. It speaks raw bytes, so that the hub's own framing is not on both sides.
var stdin = Console.OpenStandardInput();
var stdout = Console.OpenStandardOutput();
var options = args.Skip(1).ToArray();
switch (args.FirstOrDefault())
{
    case "echo": // Every byte comes back.
        stdin.CopyTo(stdout);
        return 0;

    case "bridge": // PORT [SEED]: joins its standard streams to a socket on the loopback, each direction to its end; the seed cuts what it writes into pieces.
    {
        using var link = new System.Net.Sockets.TcpClient("127.0.0.1", int.Parse(options[0], null)) { NoDelay = true };
        var socket = link.GetStream();
        var listening = Task.Run(() =>
        {
            stdin.CopyTo(socket);
            link.Client.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        });
        await (options.Length > 1 ? Rechunker.CopyAsync(socket, stdout, int.Parse(options[1], null)) : socket.CopyToAsync(stdout));
        DisturbedServer.CloseOutput();
        await listening;
        return 0;
    }

    case "chunks": // BASE64...: writes each piece by itself, then waits for the end of its input.
        foreach (var piece in options)
        {
            stdout.Write(Convert.FromBase64String(piece));
            stdout.Flush();
            Thread.Sleep(20); // Not synchronisation: it makes the pieces likely to be read one by one.
        }

        stdin.CopyTo(Stream.Null);
        return 0;

    case "banner": // Chatter before, between and after the answers of a server that echoes.
        Line("=== Welcome to the banner server v1.2 ===");
        Line("[INFO] listening on stdio");
        Line("\u001b[32mready\u001b[0m");
        stdin.CopyTo(stdout);
        return 0;

    case "invalid-utf8":
        Line("""{"n":1}""");
        stdout.Write([.. "{\"n\":\""u8, 0xC3, 0x28, 0xFF, .. "\"}\n"u8]);
        Line("""{"n":3}""");
        stdin.CopyTo(Stream.Null);
        return 0;

    case "exit": // CODE [STDERR LINES]: ends by itself.
        for (var i = 1; i <= (options.Length > 1 ? int.Parse(options[1], null) : 0); i++)
        {
            Console.Error.WriteLine($"line {i}");
        }

        return int.Parse(options[0], null);

    case "exit-after-line": // CODE TEXT: reads one line, writes TEXT without a line end, and ends.
        _ = Console.In.ReadLine();
        stdout.Write(Encoding.UTF8.GetBytes(options.ElementAtOrDefault(1) ?? ""));
        Console.Error.WriteLine("boom");
        return int.Parse(options[0], null);

    case "ignore-eof-and-sigterm": // LOG: one line a signal.
    {
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            File.AppendAllText(options[0], "SIGTERM\n");
        });
        Line("""{"ready":true}""");
        stdin.CopyTo(Stream.Null);
        File.AppendAllText(options[0], "EOF\n");
        Thread.Sleep(Timeout.Infinite);
        return 0;
    }

    case "log-signals": // LOG: ends at the end of its input.
    {
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => File.AppendAllText(options[0], "SIGTERM\n"));
        Line("""{"ready":true}""");
        stdin.CopyTo(Stream.Null);
        File.AppendAllText(options[0], "EOF\n");
        return 0;
    }

    case "dump-env":
        Line(System.Text.Json.JsonSerializer.Serialize(Environment.GetEnvironmentVariables()));
        stdin.CopyTo(Stream.Null);
        return 0;

    case "dump-args":
        Line(System.Text.Json.JsonSerializer.Serialize(new { args = options }));
        stdin.CopyTo(Stream.Null);
        return 0;

    case "stop-reading": // Never reads, but keeps talking when it is told to by a signal file: PATH.
        Line("""{"ready":true}""");
        while (!File.Exists(options[0]))
        {
            Thread.Sleep(20);
        }

        Line("""{"still":"talking"}""");
        Thread.Sleep(Timeout.Infinite);
        return 0;

    case "flood": // COUNT LOG: writes that many messages, then a line to LOG.
        for (var i = 0; i < int.Parse(options[0], null); i++)
        {
            Line($$"""{"n":{{i}},"pad":"{{new string('x', 1000)}}"}""");
        }

        File.WriteAllText(options[1], "done");
        stdin.CopyTo(Stream.Null);
        return 0;

    case "endless-line": // BYTES: one line of that many bytes, then a message.
        stdout.Write("{\"x\":\""u8);
        for (var left = int.Parse(options[0], null) - 8; left > 0; left -= 8192)
        {
            stdout.Write(Encoding.ASCII.GetBytes(new string('y', Math.Min(left, 8192))));
        }

        stdout.Write("\"}\n"u8);
        Line("""{"after":true}""");
        stdin.CopyTo(Stream.Null);
        return 0;

    case "faulty": // LOG ERA: a server of one tool that fails as it is asked to.
        return new FaultyServer(stdin, stdout, options[0], options[1]).Run();

    case "disturbed": // SEED BYTES MODE...: this program again in another mode, behind a relay that disturbs what passes.
        return await DisturbedServer.RunAsync(stdin, stdout, int.Parse(options[0], null), int.Parse(options[1], null), options[2..]);

    case "mcp":
        return await new LegacyServer(stdin, stdout, options).RunAsync();

    default:
        Console.Error.WriteLine("unknown mode");
        return 64;
}

void Line(string text)
{
    stdout.Write(Encoding.UTF8.GetBytes(text + "\n"));
    stdout.Flush();
}
