using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Configuration;

namespace McpHub.Actors;

/// <summary>What <c>hocon/hub.conf</c> says; every key there is read here and nowhere else.</summary>
internal sealed class HubSettings
{
    private static readonly ConditionalWeakTable<ActorSystem, HubSettings> _read = [];

    private HubSettings(Config hub)
    {
        var session = hub.GetConfig("session");
        Tick = session.GetTimeSpan("tick");
        OutboundBuffer = session.GetInt("outbound-buffer");
        UnacknowledgedBatches = session.GetInt("unacknowledged-batches");
        BusyTimeout = session.GetTimeSpan("busy-timeout");
        PingInterval = session.GetTimeSpan("ping-interval");
        ListRefreshInterval = session.GetTimeSpan("list-refresh-interval");
        MaxListPages = session.GetInt("max-list-pages");
        MaxListItems = session.GetInt("max-list-items");
        DrainTimeout = hub.GetTimeSpan("drain-timeout");
    }

    public TimeSpan Tick { get; }

    public int OutboundBuffer { get; }

    public int UnacknowledgedBatches { get; }

    public TimeSpan BusyTimeout { get; }

    public TimeSpan PingInterval { get; }

    public TimeSpan ListRefreshInterval { get; }

    public int MaxListPages { get; }

    public int MaxListItems { get; }

    public TimeSpan DrainTimeout { get; }

    /// <summary>The defaults, as text of <c>hocon/hub.conf</c>.</summary>
    public static Config Defaults { get; } = Load();

    /// <summary>Adds the defaults below what the system was configured with, and reads the result; once for each system.</summary>
    public static HubSettings Of(ActorSystem system) => _read.GetValue(system, static unread =>
    {
        unread.Settings.InjectTopLevelFallback(Defaults);
        return new HubSettings(unread.Settings.Config.GetConfig("hub"));
    });

    private static Config Load()
    {
        using var stream = typeof(HubSettings).Assembly.GetManifestResourceStream("hub.conf")
            ?? throw new InvalidOperationException("hub.conf is not embedded in this assembly");
        using var reader = new StreamReader(stream);
        return ConfigurationFactory.ParseString(reader.ReadToEnd());
    }
}
