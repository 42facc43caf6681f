using System.Runtime.InteropServices;

namespace McpHub.Testing.Pipes;

/// <summary>How this assembly is started as a process, wherever a test runs: by the runtime that runs the test, with nothing but itself.</summary>
internal static class RelayCommand
{
    private static readonly Lazy<(string Runtime, string Dependencies)> _files = new(WriteFiles);

    public static IReadOnlyList<string> For(int port, string token, bool isStubborn)
    {
        var assembly = typeof(RelayCommand).Assembly.Location;
        if (assembly.Length == 0)
        {
            throw new ScriptException("OverPipe needs McpHub.TestKit.dll as a file: a single-file test program has none");
        }

        var (runtime, dependencies) = _files.Value;
        string[] command = [Dotnet(), "exec", "--runtimeconfig", runtime, "--depsfile", dependencies, assembly, port.ToString(System.Globalization.CultureInfo.InvariantCulture), token];
        return isStubborn ? [.. command, "stubborn"] : command;
    }

    // <root>/shared/Microsoft.NETCore.App/<version>/: the host that belongs to the running runtime, also where PATH knows none or another.
    private static string Dotnet()
    {
        var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        var beside = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", name));
        return File.Exists(beside) ? beside : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host ? host : name;
    }

    // A package brings no runtimeconfig.json, and the deps.json of a test would load all that the test has.
    private static (string Runtime, string Dependencies) WriteFiles()
    {
        var folder = Directory.CreateTempSubdirectory("mcphub-testkit-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (IOException)
            {
                // A child that still starts has it open; the folder for temporary files is cleaned by its owner.
            }
        };
        var (runtime, dependencies) = (Path.Combine(folder, "relay.runtimeconfig.json"), Path.Combine(folder, "relay.deps.json"));
        File.WriteAllText(runtime, $$"""
            {"runtimeOptions":{"framework":{"name":"Microsoft.NETCore.App","version":"{{Environment.Version}}"},"configProperties":{"System.Globalization.Invariant":true,"System.Runtime.TieredPGO":false} } }
            """);
        File.WriteAllText(dependencies, """
            {"runtimeTarget":{"name":".NETCoreApp,Version=v10.0"},"targets":{".NETCoreApp,Version=v10.0":{}},"libraries":{}}
            """);
        return (runtime, dependencies);
    }
}
