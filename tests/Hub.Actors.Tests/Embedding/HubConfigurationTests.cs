using System.Text;
using McpHub.Actors.Embedding;
using McpHub.Actors.Servers;
using Microsoft.Extensions.Configuration;

namespace McpHub.Actors.Tests.Embedding;

/// <summary>A configuration section as options of a hub.</summary>
public sealed class HubConfigurationTests
{
    [Fact]
    public void A_section_looks_like_the_mcp_json_of_other_clients()
    {
        var hub = Read("""
            {
              "naming": "auto",
              "servers": {
                "notes": { "command": "npx", "args": ["-y", "my-notes", ""], "env": { "TOKEN": "t", "EMPTY": "", "GONE": null }, "cwd": "/srv", "x-hub": { "inheritEnv": "none", "era": "legacy" } },
                "orders": {
                  "type": "http", "url": "https://orders.internal/mcp", "headers": { "X-Team": "shop" },
                  "x-hub": { "required": true, "bearerToken": "secret", "timeouts": { "call": "30s" } }
                },
                "off": { "disabled": true, "anything": 1 }
              }
            }
            """);

        Assert.Empty(Faults(hub));
        Assert.Equal(NamingRule.Auto, hub.Naming);
        var notes = Assert.IsType<StdioServerParameters>(hub.Servers[0]);
        Assert.Equal(("notes", "npx", "/srv"), (notes.Name, notes.Command, notes.Cwd));
        Assert.Equal(["-y", "my-notes", ""], notes.Args);
        Assert.Equal([("EMPTY", ""), ("GONE", null), ("TOKEN", "t")], notes.Env.OrderBy(variable => variable.Key).Select(variable => (variable.Key, variable.Value)));
        Assert.Equal((InheritEnvironment.None, Era.Legacy), (notes.InheritEnv, notes.Era));
        var orders = Assert.IsType<StreamableHttpParameters>(hub.Servers[1]);
        Assert.Equal(new Uri("https://orders.internal/mcp"), orders.Url);
        Assert.Equal([("Authorization", "Bearer secret"), ("X-Team", "shop")], orders.Headers.OrderBy(header => header.Key).Select(header => (header.Key, header.Value)));
        Assert.Equal(["orders"], hub.Required);
        Assert.Equal((30, true), (hub.DefinitionOf(orders, "orders").CallTimeout.TotalSeconds, hub.DefinitionOf(orders, "orders").Required));
        Assert.Equal(new ServerDefinition("x").CallTimeout, hub.DefinitionOf(notes, "notes").CallTimeout);
        Assert.Equal(2, hub.Servers.Count);
    }

    [Theory]
    [InlineData("""{ "url": "https://b/mcp" }""", typeof(StreamableHttpParameters))]
    [InlineData("""{ "url": "https://b/sse", "type": "sse", "x-hub": { "messageUrl": "https://b/x/messages" } }""", typeof(SseServerParameters))]
    [InlineData("""{ "url": "wss://b/mcp" }""", typeof(WebSocketServerParameters))]
    [InlineData("""{ "url": "wss://b/mcp", "type": "websocket" }""", typeof(WebSocketServerParameters))]
    public void The_type_or_the_URL_says_how_a_remote_server_is_reached(string server, Type type)
    {
        var hub = Read($$"""{ "mcpServers": { "a": {{server}} } }""");

        Assert.Empty(Faults(hub));
        Assert.IsType(type, Assert.Single(hub.Servers));
    }

    [Theory]
    [InlineData("""{ "serverz": {} }""", "HUB1004 Mcp:serverz is", "did you mean \"servers\"?")]
    [InlineData("""{ "servers": "x" }""", "HUB1005 Mcp:servers must", "an object whose keys are the servers' names")]
    [InlineData("""{ "naming": "sometimes" }""", "HUB1005 Mcp:naming must", "\"never\", \"auto\", \"always\"")]
    [InlineData("""{ "duplicates": 7 }""", "HUB1005 Mcp:duplicates must", "\"firstWins\"")]
    [InlineData("""{ "servers": { "a": { "command": "x" } }, "mcpServers": { "a": { "command": "y" } } }""", "HUB1016 Mcp:servers:a: ", "another one has the same name")]
    [InlineData("""{ "servers": { "a": { "comand": "x", "command": "x" } } }""", "HUB1004 Mcp:servers:a:comand is", "did you mean \"command\"?")]
    [InlineData("""{ "servers": { "a": { "tools": "x", "command": "x" } } }""", "HUB1004 Mcp:servers:a:tools is", "it stands under \"x-hub\"")]
    [InlineData("""{ "servers": { "a": { } } }""", "HUB1003 Mcp:servers:a needs", "a remote one a \"url\"")]
    [InlineData("""{ "servers": { "a": { "command": "x", "url": "http://y" } } }""", "HUB1016 Mcp:servers:a: ", "keep one")]
    [InlineData("""{ "servers": { "a": { "command": " " } } }""", "HUB1005 Mcp:servers:a:command must", "the name or path of a program")]
    [InlineData("""{ "servers": { "a": { "command": "npx -y notes" } } }""", "HUB1005 Mcp:servers:a:command must", "its arguments go into \"args\"")]
    [InlineData("""{ "servers": { "a": { "command": "x", "args": "y" } } }""", "HUB1005 Mcp:servers:a:args must", "an array of strings")]
    [InlineData("""{ "servers": { "a": { "command": "x", "args": { "one": "y" } } } }""", "HUB1005 Mcp:servers:a:args must", "an array of strings")]
    [InlineData("""{ "servers": { "a": { "command": "x", "headers": { "b": "c" } } } }""", "HUB1010 Mcp:servers:a:headers is", "it means nothing for a local server: remove it")]
    [InlineData("""{ "servers": { "a": { "command": "x", "type": "http" } } }""", "HUB1003 Mcp:servers:a needs", "needs \"url\"")]
    [InlineData("""{ "servers": { "a": { "command": "x", "env": { "T": "${TOKEN}" } } } }""", "HUB1016 Mcp:servers:a:env:T: ", "Mcp__servers__a__env__T")]
    [InlineData("""{ "servers": { "a": { "url": "nowhere" } } }""", "HUB1005 Mcp:servers:a:url must", "an absolute URL")]
    [InlineData("""{ "servers": { "a": { "url": "http://b", "type": "ws" } } }""", "HUB1005 Mcp:servers:a:url must", "ws or wss")]
    [InlineData("""{ "servers": { "a": { "url": "http://b", "type": "carrier-pigeon" } } }""", "HUB1005 Mcp:servers:a:type must", "\"sse\"")]
    [InlineData("""{ "servers": { "a": { "url": "http://b", "x-hub": { "messageUrl": "http://c" } } } }""", "HUB1016 Mcp:servers:a:x-hub:messageUrl: ", "leave it out")]
    [InlineData("""{ "servers": { "a": { "url": "ftp://b" } } }""", "HUB1005 Mcp:servers:a:url must", "http, https")]
    [InlineData("""{ "servers": { "a": { "url": "http://b", "headers": { "Mcp-Method": "c" } } } }""", "HUB1016 Mcp:servers:a:headers:Mcp-Method: ", "Mcp-Method is set by the hub itself")]
    [InlineData("""{ "servers": { "a": { "url": "http://b", "headers": { "Accept": "c" } } } }""", "HUB1010 Mcp:servers:a:headers:Accept is", "it sets this header itself")]
    [InlineData("""{ "servers": { "a": { "url": "http://b", "headers": { "authorization": "c" }, "x-hub": { "bearerToken": "d" } } } }""", "HUB1016 Mcp:servers:a:x-hub:bearerToken: ", "keep one of the two")]
    [InlineData("""{ "servers": { "a": { "url": "http://b", "x-hub": { "requird": true } } } }""", "HUB1004 Mcp:servers:a:x-hub:requird is", "did you mean \"required\"?")]
    [InlineData("""{ "servers": { "a": { "url": "http://b", "x-hub": { "required": "perhaps" } } } }""", "HUB1005 Mcp:servers:a:x-hub:required must", "true or false")]
    [InlineData("""{ "servers": { "a": { "url": "http://b", "x-hub": { "era": "new" } } } }""", "HUB1005 Mcp:servers:a:x-hub:era must", "\"auto\", \"legacy\", \"2026-07-28\"")]
    [InlineData("""{ "servers": { "a": { "url": "http://b", "x-hub": { "session": "perUser" } } } }""", "HUB1012 Mcp:servers:a:x-hub:session: ", "write \"shared\"")]
    [InlineData("""{ "servers": { "a": { "url": "http://b", "x-hub": { "timeouts": { "call": "30" } } } } }""", "HUB1006 Mcp:servers:a:x-hub:timeouts:call: ", "60s")]
    [InlineData("""{ "servers": { "a": { "url": "http://b", "x-hub": { "timeouts": { "idle": "1ms" } } } } }""", "HUB1011 Mcp:servers:a:x-hub:timeouts:idle: ", "from 1s to 24h")]
    [InlineData("""{ "servers": { "a": { "url": "http://b", "x-hub": { "limits": { "queue": "many" } } } } }""", "HUB1005 Mcp:servers:a:x-hub:limits:queue must", "a whole number")]
    [InlineData("""{ "servers": { "a": { "url": "http://b", "x-hub": { "limits": { "qeue": 1 } } } } }""", "HUB1004 Mcp:servers:a:x-hub:limits:qeue is", "did you mean \"queue\"?")]
    public void A_fault_names_its_key_and_what_to_do(string section, string start, string advice)
    {
        var fault = Assert.Single(Faults(Read(section)));

        Assert.StartsWith(start, fault, StringComparison.Ordinal);
        Assert.Contains(advice, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_setting_of_a_server_arrives_whatever_the_case_of_its_key()
    {
        var hub = Read("""
            { "SERVERS": { "a": { "Command": "a", "X-Hub": { "Required": "TRUE", "era": "LEGACY", "timeouts": { "start": "1m", "call": "2s", "Idle": "15m" },
              "restart": { "min": "10ms", "max": "10m", "jitter": "0.5", "attempts": 2, "resetAfter": "1h" },
              "limits": { "concurrency": 3, "queue": 5, "perMinute": 4, "maxResultBytes": 2000 }, "tools": { "allow": ["a*"], "deny": ["ab"] } } },
              "b": { "url": "http://b", "args": [], "enabled": false }, "c": { "url": "http://c", "headers": {}, "x-hub": {} } } }
            """);

        Assert.Empty(Faults(hub));
        Assert.Equal(["a", "c"], hub.Servers.Select(server => server.Name));
        var a = hub.DefinitionOf(hub.Servers[0], "a");
        Assert.Equal((true, Era.Legacy), (a.Required, a.Era));
        Assert.Equal((60, 2, 900), (a.HandshakeTimeout.TotalSeconds, a.CallTimeout.TotalSeconds, a.IdleTimeout.TotalSeconds));
        Assert.Equal((0.01, 600, 0.5, 2, 1), (a.RestartMin.TotalSeconds, a.RestartMax.TotalSeconds, a.RestartJitter, a.RestartAttempts, a.RestartResetAfter.TotalHours));
        Assert.Equal((3, 5, 4, 2000), (a.MaxInFlight, a.MaxWaiting, a.CallsPerMinute, a.MaxResultBytes));
        Assert.Equal([true, false, false], new[] { "a", "ab", "b" }.Select(a.Tools!.Offers));
    }

    [Fact]
    public void What_the_code_asks_of_a_session_wins_over_the_section()
    {
        var hub = Read("""{ "servers": { "a": { "command": "a", "x-hub": { "timeouts": { "start": "3m", "call": "2s" }, "limits": { "concurrency": 3 } } } } }""");
        hub.SessionOptions = _ => new ClientSessionOptions { ReadTimeout = TimeSpan.FromSeconds(7), MaxInFlight = 9 };

        var definition = hub.DefinitionOf(hub.Servers[0], "a");

        Assert.Equal((180, 7, 9), (definition.HandshakeTimeout.TotalSeconds, definition.CallTimeout.TotalSeconds, definition.MaxInFlight));
    }

    [Fact]
    public void All_faults_come_at_once_and_no_secret_with_them()
    {
        var hub = Read("""
            {
              "servers": {
                "a": { "command": "x", "env": { "T": "hunter2 ${X}" } },
                "b": { "url": "http://user:hunter2@b" },
                "c": { "url": "http://b", "headers": { "A": "hunter2\n" } }
              }
            }
            """);

        Assert.Equal(3, Faults(hub).Count);
        Assert.DoesNotContain(Faults(hub), fault => fault.Contains("hunter2", StringComparison.Ordinal));
        Assert.Empty(hub.Servers);
    }

    [Fact]
    public void A_required_server_must_be_there()
    {
        var hub = new HubOptions { Servers = { new StdioServerParameters("x") { Name = "a" } }, Required = { "a", "b" } };

        Assert.Contains("no server is named \"b\"", Assert.Single(Faults(hub)), StringComparison.Ordinal);
    }

    private static HubOptions Read(string section)
    {
        var hub = new HubOptions();
        HubConfiguration.Read(new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes($$"""{ "Mcp": {{section}} }"""))).Build().GetSection("Mcp"), hub);
        return hub;
    }

    private static List<string> Faults(HubOptions hub) => [.. new HubOptionsValidator().Validate(null, hub).Failures ?? []];
}
