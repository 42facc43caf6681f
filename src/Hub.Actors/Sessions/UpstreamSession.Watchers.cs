using Akka.Actor;

namespace McpHub.Actors.Sessions;

/// <summary>Who watches the server's lists beside the parent: groups that borrow the session. A session that keeps none for itself does so while somebody watches.</summary>
internal sealed partial class UpstreamSession
{
    /// <summary>
    /// Command, from any actor: tell <paramref name="Watcher"/> the lists once they are read, with every change and after every reconnect (<see cref="CatalogChanged"/>), and
    /// the loss of the connection (<see cref="ConnectionLost"/>).
    /// </summary>
    public sealed record WatchCatalog(IActorRef Watcher);

    /// <summary>Command: the opposite of <see cref="WatchCatalog"/>.</summary>
    public sealed record UnwatchCatalog(IActorRef Watcher);

    private bool KeepsCatalog => _server.KeepCatalog || _self.CatalogWatchers.Count > 0;

    private void OnWatchCatalog(Connection connection, IActorRef watcher)
    {
        var wereRead = KeepsCatalog && connection.IsCatalogRead;
        _self.CatalogWatchers.Add(watcher);
        if (wereRead)
        {
            watcher.Tell(new CatalogChanged(connection.Peer!, connection.Catalog));
        }
        else if (connection.IsReported && !_server.KeepCatalog && _self.CatalogWatchers.Count == 1)
        {
            ReadListsForWatchers(connection);
        }
    }

    private void ReadListsForWatchers(Connection connection)
    {
        if (_self.CatalogWatchers.Count > 0)
        {
            // What an earlier watcher was told may be old by now.
            connection.IsCatalogRead = false;
            ReadAllLists(connection);
        }
    }

    private void TellCatalog(Connection connection)
    {
        var changed = new CatalogChanged(connection.Peer!, connection.Catalog);
        if (_server.KeepCatalog)
        {
            Context.Parent.Tell(changed);
        }

        TellWatchers(changed);
    }

    private void TellWatchers(object news)
    {
        foreach (var watcher in _self.CatalogWatchers)
        {
            watcher.Tell(news);
        }
    }
}
