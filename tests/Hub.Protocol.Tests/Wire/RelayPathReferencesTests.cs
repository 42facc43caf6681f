using System.Reflection;
using System.Text.Json;
using McpHub.Protocol.Wire;
using McpHub.TestSupport;

namespace McpHub.Protocol.Tests.Wire;

public sealed class RelayPathReferencesTests
{
    [Fact]
    public void The_wire_neither_parses_to_objects_nor_writes_from_them()
    {
        var wire = typeof(EnvelopeScanner).Assembly;
        Assert.Empty(RelayPathReferences.ToJsonObjects(wire, "McpHub.Protocol.Wire"));

        // Nor through other types of the assembly: it uses constants and errors of them only.
        var all = RelayPathReferences.Of(wire, type => type.StartsWith("McpHub.Protocol.Wire.", StringComparison.Ordinal));
        Assert.Contains(new RelayPathReferences.Reference(typeof(JsonParts).FullName!, typeof(Utf8JsonReader).FullName!), all);
        Assert.All(all.Where(reference => reference.To.StartsWith("McpHub.", StringComparison.Ordinal)),
            reference => Assert.StartsWith("McpHub.Protocol.Wire.", reference.To, StringComparison.Ordinal));
    }

    [Fact]
    public void A_reference_is_found_wherever_it_stands()
    {
        const string samples = "McpHub.Protocol.Tests.Wire.RelayPathSamples";
        var found = RelayPathReferences.ToJsonObjects(Assembly.GetExecutingAssembly(), samples).Select(reference => reference.From).Distinct();
        Assert.Equal(
            ["InAsync", "InAttribute", "InBase", "InCall", "InGenericCall", "InLambda", "InProperty", "InTypeArgument", "ISignature"],
            found.Select(type => type[(samples.Length + 1)..]).Order(StringComparer.OrdinalIgnoreCase));
    }
}
