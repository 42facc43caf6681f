using System.Reflection;

namespace McpHub.Host.Tests;

/// <summary>Where the sources are: golden files and deployment files are read from there, not from copies.</summary>
internal static class Repository
{
    public static string Root { get; } = typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "RepositoryRoot").Value!;

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);
}
