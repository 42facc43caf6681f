namespace McpHub.Host.Configuration;

/// <summary>The JSON Schema of the configuration file (draft-07, which editors complete best). The reader decides; a test holds the two together.</summary>
internal static class ConfigSchema
{
    public static string Text { get; } = Read();

    private static string Read()
    {
        using var stream = typeof(ConfigSchema).Assembly.GetManifestResourceStream("hub.schema.json")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
