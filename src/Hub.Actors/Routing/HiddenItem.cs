namespace McpHub;

/// <summary>An item that a group does not offer, because another item has its name (<see cref="DuplicatePolicy"/>). Resources are never hidden: the second of one URI is listed as <c>hub+&lt;server id&gt;:&lt;URI&gt;</c>.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">The name that it would have.</param>
/// <param name="OriginalName">Its name at its server; <see cref="ClientSession"/> reaches it by that.</param>
/// <param name="ServerId">The server that offers it.</param>
/// <param name="OwnerId">The server whose item has the name; the same one if a name hook gave it twice.</param>
public sealed record HiddenItem(ComponentKind Kind, string Name, string OriginalName, string ServerId, string OwnerId);
