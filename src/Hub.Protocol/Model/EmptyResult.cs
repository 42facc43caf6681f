namespace McpHub;

/// <summary>An answer that says only that the request was done (schema <c>EmptyResult</c>).</summary>
public sealed record EmptyResult : McpResult;
