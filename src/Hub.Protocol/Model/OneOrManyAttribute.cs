namespace McpHub.Protocol.Model;

/// <summary>Marks a list of which a single item stands on the wire without an array.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OneOrManyAttribute : Attribute;
