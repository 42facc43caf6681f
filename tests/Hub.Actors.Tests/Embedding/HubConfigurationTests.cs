using System.Text;
using McpHub.Actors.Embedding;
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
        Assert.Equal(TimeSpan.FromSeconds(30), hub.SessionOptionsOf(orders)!.ReadTimeout);
        Assert.Null(hub.SessionOptionsOf(notes));
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
    [InlineData("""{ "serverz": {} }""", "Mcp:serverz", "did you mean \"servers\"?")]
    [InlineData("""{ "servers": "x" }""", "Mcp:servers", "an object of servers by name")]
    [InlineData("""{ "naming": "sometimes" }""", "Mcp:naming", "never, auto, always")]
    [InlineData("""{ "duplicates": 7 }""", "Mcp:duplicates", "reject")]
    [InlineData("""{ "servers": { "a": { "comand": "x", "command": "x" } } }""", "Mcp:servers:a:comand", "did you mean \"command\"?")]
    [InlineData("""{ "servers": { "a": { } } }""", "Mcp:servers:a", "neither \"command\" nor \"url\"")]
    [InlineData("""{ "servers": { "a": { "command": "x", "url": "http://y" } } }""", "Mcp:servers:a", "keep one")]
    [InlineData("""{ "servers": { "a": { "command": " " } } }""", "Mcp:servers:a:command", "the name or path of a program")]
    [InlineData("""{ "servers": { "a": { "command": "x", "args": "y" } } }""", "Mcp:servers:a:args", "an array of strings")]
    [InlineData("""{ "servers": { "a": { "command": "x", "headers": { "b": "c" } } } }""", "Mcp:servers:a:headers", "remove it")]
    [InlineData("""{ "servers": { "a": { "command": "x", "type": "http" } } }""", "Mcp:servers:a:type", "write \"stdio\"")]
    [InlineData("""{ "servers": { "a": { "command": "x", "env": { "T": "${TOKEN}" } } } }""", "Mcp:servers:a:env:T", "Mcp__servers__a__env__T")]
    [InlineData("""{ "servers": { "a": { "url": "nowhere" } } }""", "Mcp:servers:a:url", "no absolute URL")]
    [InlineData("""{ "servers": { "a": { "url": "http://b", "type": "ws" } } }""", "Mcp:servers:a", "ws or wss")]
    [InlineData("""{ "servers": { "a": { "url": "http://b", "type": "carrier-pigeon" } } }""", "Mcp:servers:a:type", "\"sse\"")]
    [InlineData("""{ "servers": { "a": { "url": "http://b", "x-hub": { "messageUrl": "http://c" } } } }""", "Mcp:servers:a:x-hub:messageUrl", "remove it")]
    [InlineData("""{ "servers": { "a": { "url": "ftp://b" } } }""", "Mcp:servers:a", "http or https")]
    [InlineData("""{ "servers": { "a": { "url": "http://b", "headers": { "Mcp-Method": "c" } } } }""", "Mcp:servers:a", "Mcp-Method is computed")]
    [InlineData("""{ "servers": { "a": { "url": "http://b", "headers": { "authorization": "c" }, "x-hub": { "bearerToken": "d" } } } }""", "Mcp:servers:a:x-hub:bearerToken", "keep one of the two")]
    [InlineData("""{ "servers": { "a": { "url": "http://b", "x-hub": { "requird": true } } } }""", "Mcp:servers:a:x-hub:requird", "did you mean \"required\"?")]
    [InlineData("""{ "servers": { "a": { "url": "http://b", "x-hub": { "required": "perhaps" } } } }""", "Mcp:servers:a:x-hub:required", "true nor false")]
    [InlineData("""{ "servers": { "a": { "url": "http://b", "x-hub": { "era": "new" } } } }""", "Mcp:servers:a:x-hub:era", "auto, legacy, 2026-07-28")]
    [InlineData("""{ "servers": { "a": { "url": "http://b", "x-hub": { "timeouts": { "call": "30" } } } } }""", "Mcp:servers:a:x-hub:timeouts:call", "\"30s\"")]
    [InlineData("""{ "servers": { "a": { "url": "http://b", "x-hub": { "timeouts": { "start": "30s" } } } } }""", "Mcp:servers:a:x-hub:timeouts:start", "known here: call")]
    public void A_fault_names_its_key_and_what_to_do(string section, string key, string advice)
    {
        var fault = Assert.Single(Faults(Read(section)));

        Assert.StartsWith(key + ": ", fault, StringComparison.Ordinal);
        Assert.Contains(advice, fault, StringComparison.Ordinal);
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
