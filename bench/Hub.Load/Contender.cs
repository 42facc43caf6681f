using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace McpHub.Load;

/// <summary>Something that answers calls over HTTP, in a process of its own, and how it is measured from outside.</summary>
internal sealed class Contender(string name, Uri url, RunningProcess process)
{
    public string Name => name;

    public Uri Url => url;

    public string? SessionId { get; private set; }

    public RunningProcess Process => process;

    public IPEndPoint Address { get; } = new(IPAddress.Loopback, url.Port);

    public async Task ConnectAsync(bool modern)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            SessionId = await CallTemplate.ConnectAsync(url, modern, limit.Token);
        }
        catch (Exception failed) when (failed is OperationCanceledException or HttpRequestException)
        {
            throw new InvalidOperationException($"{name} did not answer within 30 s: {process.LastWords}", failed);
        }
    }
}

/// <summary>A process that this run has started, and ends.</summary>
internal sealed class RunningProcess : IDisposable
{
    private static readonly double _tick = 1_000_000.0 / 100;    // USER_HZ is 100 on Linux
    private readonly Process _process;
    private readonly Queue<string> _words = new();
    private readonly string _probe;

    private RunningProcess(Process process, string probes)
    {
        _process = process;
        _probe = Path.Combine(probes, $"{process.Id}.sock");
        process.OutputDataReceived += (_, line) => Note(line.Data);
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public string LastWords
    {
        get
        {
            lock (_words)
            {
                return string.Join(" | ", _words);
            }
        }
    }

    /// <summary>User and system time so far, in microseconds.</summary>
    public double Cpu
    {
        get
        {
            var stat = File.ReadAllText($"/proc/{Id}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) * _tick;
        }
    }

    public double ResidentMiB =>
        double.Parse(File.ReadLines($"/proc/{Id}/status").First(line => line.StartsWith("VmRSS", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;

    /// <summary>Bytes that a managed process has allocated; <c>null</c> for others.</summary>
    public long? Allocated
    {
        get
        {
            if (!File.Exists(_probe))
            {
                return null;
            }

            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(_probe));
            Span<byte> answer = stackalloc byte[8];
            return socket.Receive(answer) == 8 ? BinaryPrimitives.ReadInt64LittleEndian(answer) : null;
        }
    }

    public static RunningProcess Start(string probes, string command, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(command, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (variable, value) in environment)
        {
            start.Environment[variable] = value;
        }

        return new RunningProcess(Process.Start(start)!, probes);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.WaitForExit(5000);
        _process.Dispose();
    }

    private void Note(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_words)
        {
            _words.Enqueue(line.Length > 300 ? line[..300] : line);
            while (_words.Count > 8)
            {
                _words.Dequeue();
            }
        }
    }
}

/// <summary>Starts what is compared. Each of them gets the same cores, the same runtime settings and the same upstream.</summary>
internal sealed class Bench(string root, string folder) : IDisposable
{
    private static readonly string _self = typeof(Bench).Assembly.Location;
    private readonly Stack<RunningProcess> _processes = new();

    public static string? Nginx { get; } = new[] { "/usr/sbin/nginx", "/usr/bin/nginx" }.FirstOrDefault(File.Exists);

    public string SampleServer { get; } = Path.Combine(root, "samples/SampleServer/bin/Release/net10.0/McpHub.SampleServer.dll");

    public string Hub { get; } = Path.Combine(root, "src/Hub.Host/bin/Release/net10.0/hub.dll");

    public static string[] FixedStdio(bool modern) => ["dotnet", _self, "fixed-stdio", Era(modern)];

    public static string Era(bool modern) => modern ? "modern" : "legacy";

    public Contender FixedHttp(bool modern)
    {
        var port = FreePort();
        return new Contender("direct", Mcp(port), Managed(_self, "fixed-http", Base(port), Era(modern)));
    }

    public Contender SampleHttp(bool modern)
    {
        var port = FreePort();
        return new Contender("direct", Mcp(port), Managed(SampleServer, modern ? "modern-http" : "legacy-http", "--urls", Base(port)));
    }

    public Contender Naive(bool modern, params string[] upstreams)
    {
        var port = FreePort();
        return new Contender("naive", Mcp(port), Managed(_self, ["naive", Base(port), Era(modern), .. upstreams]));
    }

    public Contender Yarp(Uri upstream)
    {
        var port = FreePort();
        return new Contender("YARP", Mcp(port), Managed(_self, "yarp", Base(port), $"http://{upstream.Authority}"));
    }

    public Contender OfNginx(Uri upstream)
    {
        var port = FreePort();
        var place = Directory.CreateDirectory(Path.Combine(folder, $"nginx-{port}")).FullName;
        var file = Path.Combine(place, "nginx.conf");
        File.WriteAllText(file, $$"""
            daemon off; master_process off; pid {{place}}/pid; error_log {{place}}/error.log;
            events { worker_connections 1024; }
            http {
              access_log off; client_body_temp_path {{place}}/b; proxy_temp_path {{place}}/p; fastcgi_temp_path {{place}}/f; uwsgi_temp_path {{place}}/u; scgi_temp_path {{place}}/s;
              keepalive_requests 100000000;
              upstream fixed { server {{upstream.Authority}}; keepalive 256; keepalive_requests 100000000; }
              server {
                listen 127.0.0.1:{{port}};
                location / { proxy_pass http://fixed; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffers 16 16k; }
              }
            }
            """);
        return new Contender("nginx", Mcp(port), Add(RunningProcess.Start(folder, Nginx!, ["-p", place, "-c", file])));
    }

    /// <param name="name">Column.</param>
    /// <param name="dll">The build.</param>
    /// <param name="modern">The servers' era.</param>
    /// <param name="servers">Entries of the configuration.</param>
    public Contender OfHub(string name, string dll, bool modern, IReadOnlyDictionary<string, object> servers)
    {
        var port = FreePort();
        var file = Path.Combine(folder, $"hub-{port}.json");
        File.WriteAllText(file, JsonSerializer.Serialize(new { mcpServers = servers }));
        return new Contender(name, Mcp(port), Managed(dll, "run", "--config", file, "--urls", Base(port)));
    }

    public static object HubEntry(bool modern, Uri? url, string[]? command)
    {
        var extras = new Dictionary<string, object> { ["era"] = modern ? "2026-07-28" : "legacy", ["limits"] = new { concurrency = 256 } };
        return url is not null
            ? new Dictionary<string, object> { ["url"] = url.ToString(), ["x-hub"] = extras }
            : new Dictionary<string, object> { ["command"] = command![0], ["args"] = command[1..], ["x-hub"] = extras };
    }

    public Contender McpProxy(string[] command)
    {
        var port = FreePort();
        return new Contender("mcp-proxy", Mcp(port), Add(RunningProcess.Start(folder, "node",
            [Npm("mcp-proxy/dist/bin/mcp-proxy.mjs"), "--host", "127.0.0.1", "--port", $"{port}", "--server", "stream", "--", .. command])));
    }

    public Contender Supergateway(string[] command)
    {
        var port = FreePort();
        return new Contender("supergateway", Mcp(port), Add(RunningProcess.Start(folder, "node",
            ["--require", Path.Combine(root, "bench/npm/loopback.cjs"), Npm("supergateway/dist/index.js"), "--stdio", string.Join(' ', command), "--outputTransport", "streamableHttp", "--stateful", "--port", $"{port}", "--logLevel", "none"])));
    }

    public bool HasNpm => File.Exists(Npm("mcp-proxy/dist/bin/mcp-proxy.mjs"));

    public void Dispose()
    {
        while (_processes.TryPop(out var process))
        {
            process.Dispose();
        }
    }

    private static string Base(int port) => $"http://127.0.0.1:{port}";

    private static Uri Mcp(int port) => new($"http://127.0.0.1:{port}/mcp");

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private string Npm(string path) => Path.Combine(root, "bench/npm/node_modules", path);

    private RunningProcess Managed(string dll, params string[] arguments) =>
        Add(RunningProcess.Start(folder, "dotnet", [dll, .. arguments], ("DOTNET_STARTUP_HOOKS", _self), ("HUB_BENCH_PROBES", folder)));

    private RunningProcess Add(RunningProcess process)
    {
        _processes.Push(process);
        return process;
    }
}
