using System.Reflection;
using Akka.Actor;
using Akka.Configuration;
using McpHub.TestSupport;

namespace McpHub.Actors.Tests.Embedding;

/// <summary><c>hocon/hub.conf</c>: injected below a caller's configuration, every key read, every key read in it.</summary>
public sealed class HoconTests
{
    private static readonly PropertyInfo[] _settings = [.. typeof(HubSettings).GetProperties(BindingFlags.Instance | BindingFlags.Public)];

    [Fact]
    public async Task Each_key_sets_one_setting_and_each_setting_has_its_key()
    {
        var keys = HubSettings.Defaults.GetConfig("hub").AsEnumerable().SelectMany(pair => Leaves(pair.Key, pair.Value)).ToList();
        var defaults = await ReadAsync("");
        var changed = new List<string>();
        foreach (var (key, value) in keys)
        {
            var settings = await ReadAsync($"hub.{key} = {(int.TryParse(value, out var number) ? (number + 7).ToString(System.Globalization.CultureInfo.InvariantCulture) : "47s")}");
            changed.Add(Assert.Single(_settings, property => !Equals(property.GetValue(settings), property.GetValue(defaults))).Name);
        }

        Assert.Equal(_settings.Select(property => property.Name).Order(), changed.Order());
        // A key that is read and not in the file would be zero.
        Assert.All(_settings, property => Assert.NotEqual(Activator.CreateInstance(property.PropertyType), property.GetValue(defaults)));
    }

    [Fact]
    public async Task Every_key_is_explained()
    {
        using var stream = typeof(HubSettings).Assembly.GetManifestResourceStream("hub.conf")!;
        using var reader = new StreamReader(stream);
        var previous = "";
        while (await reader.ReadLineAsync() is { } line)
        {
            Assert.False(line.Contains(" = ", StringComparison.Ordinal) && !line.TrimStart().StartsWith('#') && !previous.TrimStart().StartsWith('#') && !previous.Contains(" = ", StringComparison.Ordinal), line);
            previous = line;
        }
    }

    [Fact]
    public async Task A_group_on_a_callers_system_follows_its_hocon_and_leaves_the_system_alone()
    {
        using var system = ActorSystem.Create("mine", "hub.session.max-list-items = 3\nakka.loglevel = OFF\nakka.stdout-loglevel = OFF");
        await using (var group = new ClientSessionGroup(system))
        {
            await group.ConnectToServerAsync(TestPeer.Server("mcp", "--plain", "--tools", "3", "--prompts", "4"));

            Assert.Equal(3, group.Tools.Count);
            Assert.Empty(group.Prompts); // one too many: given up
            Assert.Equal(system, group.Runtime.System);
        }

        Assert.False(system.WhenTerminated.IsCompleted);
        await system.Terminate();
    }

    private static async Task<HubSettings> ReadAsync(string hocon)
    {
        using var system = ActorSystem.Create("settings", ConfigurationFactory.ParseString(hocon + "\nakka.loglevel = OFF\nakka.stdout-loglevel = OFF"));
        var settings = HubSettings.Of(system);
        await system.Terminate();
        return settings;
    }

    private static IEnumerable<(string Key, string Value)> Leaves(string key, Akka.Configuration.Hocon.HoconValue value) =>
        value.IsObject() ? value.GetObject().Items.SelectMany(item => Leaves($"{key}.{item.Key}", item.Value)) : [(key, value.GetString())];
}
