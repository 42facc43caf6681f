namespace McpHub;

/// <summary>What is done with a tool's structured output that does not conform to the schema that the tool declares (contract: server/tools, "Output Schema").</summary>
public enum OutputValidation
{
    /// <summary>The call throws; the exception carries the result.</summary>
    Enforce,

    /// <summary>It is logged, and the result returned as it is.</summary>
    Warn,

    /// <summary>It is not looked at.</summary>
    Off,
}
