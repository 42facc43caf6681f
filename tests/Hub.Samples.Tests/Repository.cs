using System.Reflection;

namespace McpHub.Samples.Tests;

/// <summary>Where the sources and the built samples are.</summary>
internal static class Repository
{
    public static string Configuration { get; } = Metadata("Configuration");

    /// <summary>Where restored packages are kept.</summary>
    public static string PackageCache { get; } = Metadata("PackageCache");

    public static string PathOf(params string[] parts) => Path.Combine([Metadata("RepositoryRoot"), .. parts]);

    /// <summary>The assembly of a sample, as it was built with this one.</summary>
    public static string Sample(string name) => PathOf("samples", name, "bin", Configuration, Metadata("TargetFramework"), $"McpHub.Samples.{name}.dll");

    private static string Metadata(string key) => typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == key).Value!;
}
