namespace McpHub.Host.Demo;

/// <summary>A step of the demo did not do what it shows.</summary>
internal sealed class DemoFailure(string message) : Exception(message);
