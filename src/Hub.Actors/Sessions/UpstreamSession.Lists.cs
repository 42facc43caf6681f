using Akka.Actor;
using Akka.Event;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Sessions;

/// <summary>The server's lists: all pages, read at connect and again whenever the server says that they changed.</summary>
internal sealed partial class UpstreamSession
{
    private ServerCatalog _lastCatalog = ServerCatalog.Empty;

    private sealed record RefreshDue(ComponentKind Kind);

    /// <summary>One list while it is read, and what happened to it meanwhile.</summary>
    private sealed class ListReading
    {
        public bool IsReading { get; set; }

        public bool IsCoolingDown { get; set; }

        public bool IsStale { get; set; }

        public List<CatalogItem> Items { get; set; } = [];

        public HashSet<string> Cursors { get; } = new(StringComparer.Ordinal);

        public int Pages { get; set; }
    }

    private void ReadAllLists(Connection connection)
    {
        connection.Catalog = _lastCatalog;
        var peer = connection.Peer!;
        foreach (var kind in Enum.GetValues<ComponentKind>())
        {
            var has = kind switch
            {
                ComponentKind.Tool => peer.HasTools,
                ComponentKind.Prompt => peer.HasPrompts,
                _ => peer.HasResources,
            };
            if (has)
            {
                RefreshList(connection, kind);
            }
            else
            {
                Keep(connection, kind, CatalogList.Empty);
            }
        }

        StartListening(connection);
        ReportWhenRead(connection);
    }

    private void OnListChanged(Connection connection, Envelope notification, ComponentKind kind)
    {
        if (!KeepsCatalog || (connection.Peer?.Era == Era.Modern && !IsOfListenStream(connection, notification)))
        {
            return;
        }

        RefreshList(connection, kind);
    }

    /// <summary>The first signal is followed at once, the ones after it wait and count as one (contract 1, CB-06).</summary>
    private void RefreshList(Connection connection, ComponentKind kind)
    {
        var reading = ListOf(connection, kind);
        if (reading.IsReading || reading.IsCoolingDown)
        {
            reading.IsStale = true;
        }
        else
        {
            ReadList(connection, kind);
        }
    }

    private void ReadListAgain(Connection connection, ComponentKind kind)
    {
        var reading = ListOf(connection, kind);
        reading.IsCoolingDown = false;
        if (reading.IsStale)
        {
            ReadList(connection, kind);
        }
    }

    private void ReadList(Connection connection, ComponentKind kind)
    {
        var reading = ListOf(connection, kind);
        reading.IsReading = true;
        reading.IsStale = false;
        reading.Items = [];
        reading.Cursors.Clear();
        reading.Pages = 0;
        ReadPage(connection, kind, reading, cursor: null);
    }

    private void ReadPage(Connection connection, ComponentKind kind, ListReading reading, string? cursor)
    {
        var peer = connection.Peer!;
        var (method, member, key) = NamesOf(kind);
        byte[] meta = peer.Era == Era.Modern ? [.. "\"_meta\":{"u8, .. ModernMeta(peer.Revision).Span, (byte)'}'] : [];
        byte[] from = cursor is null ? [] : [.. "\"cursor\":"u8, .. JsonText.Quote(cursor)];
        byte[] parameters = [(byte)'{', .. from, .. meta.Length > 0 && from.Length > 0 ? ","u8 : default, .. meta, (byte)'}'];
        Request(connection, method, parameters, _server.CallTimeout, ProtocolHeaders.For(peer, method, null), outcome =>
        {
            if (outcome.Answer is not { Kind: EnvelopeKind.Result } page)
            {
                var isUnknown = outcome.Answer?.Integer(MemberOf.Error, "code"u8) == RpcErrorCodes.MethodNotFound;
                var reason = outcome.Answer is { } error ? Shown(error.Text(MemberOf.Error, "message"u8) ?? "an error without a message") : outcome.Error!.Message;
                EndReading(connection, kind, reading, isUnknown ? CatalogList.Empty : null, isUnknown ? null : HubErrors.ListFailed.With(("server", _server.Id), ("method", method), ("reason", reason)));
                return;
            }

            var array = page.Bytes(page.Find(MemberOf.Result, System.Text.Encoding.ASCII.GetBytes(member)));
            CatalogItems.Read(array, System.Text.Encoding.ASCII.GetBytes(key), kind, peer, reading.Items, reason => LogLeft(method, reason));
            reading.Pages++;
            var next = page.Text(MemberOf.Result, "nextCursor"u8);
            var hasTooManyItems = reading.Items.Count > _settings.MaxListItems;
            if (hasTooManyItems || (next is not null && reading.Pages >= _settings.MaxListPages))
            {
                EndReading(connection, kind, reading, null, HubErrors.ListTooLong.With(
                    ("server", _server.Id), ("method", method), ("limit", hasTooManyItems ? _settings.MaxListItems : _settings.MaxListPages), ("unit", hasTooManyItems ? "items" : "pages")));
            }
            else if (next is null)
            {
                EndReading(connection, kind, reading, ListOf(page, reading.Items), null);
            }
            else if (!reading.Cursors.Add(next))
            {
                EndReading(connection, kind, reading, null, HubErrors.CursorCycle.With(("server", _server.Id), ("method", method)));
            }
            else
            {
                ReadPage(connection, kind, reading, next);
            }
        });
    }

    /// <param name="connection">The connection.</param>
    /// <param name="kind">The list.</param>
    /// <param name="reading">Its state.</param>
    /// <param name="list">The whole list; <c>null</c> = keep the last good one: never a truncated list (contract 1, CM-02).</param>
    /// <param name="problem">Why there is none.</param>
    private void EndReading(Connection connection, ComponentKind kind, ListReading reading, CatalogList? list, HubError? problem)
    {
        if (problem is not null)
        {
            _log.Warning("Server {0}: {1} {2}", _server.Id, problem.Definition.Code, problem.Message);
        }

        reading.IsReading = false;
        reading.Items = [];
        if (list is not null)
        {
            Keep(connection, kind, list);
            _lastCatalog = connection.Catalog;
        }

        if (kind == ComponentKind.Tool)
        {
            OnToolsRead(connection, isRead: list is not null);
        }

        if (!connection.IsCatalogRead)
        {
            if (reading.IsStale)
            {
                ReadList(connection, kind);
            }

            ReportWhenRead(connection);
            return;
        }

        reading.IsCoolingDown = true;
        Timers.StartSingleTimer(new RefreshDue(kind), new RefreshDue(kind), _settings.ListRefreshInterval);
        TellCatalog(connection);
    }

    private void Keep(Connection connection, ComponentKind kind, CatalogList list)
    {
        connection.Catalog = connection.Catalog.With(kind, list);
        if (kind == ComponentKind.Tool)
        {
            _self.Tools.Replace(list.Items);
        }
    }

    private void ReportWhenRead(Connection connection)
    {
        if (connection.IsCatalogRead || connection.Lists.Values.Any(reading => reading.IsReading))
        {
            return;
        }

        connection.IsCatalogRead = true;
        if (connection.IsReported)
        {
            TellCatalog(connection);
        }
        else
        {
            Report(connection);
            TellWatchers(new CatalogChanged(connection.Peer!, connection.Catalog));
        }
    }

    private void LogLeft(string method, string reason) =>
        _log.Warning("Server {0}: {1}", _server.Id, HubErrors.ItemInvalid.With(("server", _server.Id), ("method", method), ("reason", reason)).Message);

    private static CatalogList ListOf(Envelope lastPage, IReadOnlyList<CatalogItem> items) => new(items)
    {
        TtlMs = Math.Max(0, lastPage.Integer(MemberOf.Result, "ttlMs"u8) ?? 0),
        IsPublic = lastPage.Text(MemberOf.Result, "cacheScope"u8) != "private",
    };

    private static ListReading ListOf(Connection connection, ComponentKind kind)
    {
        if (!connection.Lists.TryGetValue(kind, out var reading))
        {
            connection.Lists[kind] = reading = new ListReading();
        }

        return reading;
    }

    private static (string Method, string Member, string Key) NamesOf(ComponentKind kind) => kind switch
    {
        ComponentKind.Tool => (MethodNames.ToolsList, "tools", "name"),
        ComponentKind.Prompt => (MethodNames.PromptsList, "prompts", "name"),
        ComponentKind.Resource => (MethodNames.ResourcesList, "resources", "uri"),
        _ => (MethodNames.ResourceTemplatesList, "resourceTemplates", "uriTemplate"),
    };
}
