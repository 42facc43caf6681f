using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace McpHub.TestSupport;

/// <summary>
/// What the types of an assembly refer to in signatures, fields, base types, attributes and method bodies, read from its metadata: the relay path may not parse
/// to objects (ARCHITECTURE 4). Types that the compiler nests (closures, state machines) count as the type that holds them.
/// </summary>
public static class RelayPathReferences
{
    private static readonly OpCode?[] _oneByte = new OpCode?[256];
    private static readonly OpCode?[] _twoBytes = new OpCode?[256];

    static RelayPathReferences()
    {
        foreach (var field in typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            var code = (OpCode)field.GetValue(null)!;
            (code.Size == 1 ? _oneByte : _twoBytes)[code.Value & 0xFF] = code;
        }
    }

    /// <summary>A type and one that it refers to, both with namespace; nested ones with their outer type and <c>+</c>.</summary>
    public readonly record struct Reference(string From, string To);

    /// <summary>All references of the types whose full name passes the filter, in order and without repetition.</summary>
    public static IReadOnlyList<Reference> Of(Assembly assembly, Func<string, bool> typeFilter)
    {
        using var file = new PEReader(File.OpenRead(assembly.Location));
        var reader = file.GetMetadataReader();
        var found = new SortedSet<Reference>(Comparer<Reference>.Create((a, b) => string.CompareOrdinal($"{a.From} {a.To}", $"{b.From} {b.To}")));
        foreach (var handle in reader.TypeDefinitions)
        {
            var from = Outermost(NameOf(reader, handle));
            if (typeFilter(from))
            {
                new Walk(reader, file, to => found.Add(new Reference(from, to))).Type(reader.GetTypeDefinition(handle));
            }
        }

        return [.. found];
    }

    /// <summary>References of the namespaces (and those within them) to what parses or writes JSON by objects: Newtonsoft.Json, JsonDocument, JsonElement, JsonNode, JsonSerializer.</summary>
    public static IReadOnlyList<Reference> ToJsonObjects(Assembly assembly, params string[] namespaces) =>
    [
        .. Of(assembly, type => namespaces.Any(name => type.StartsWith(name + ".", StringComparison.Ordinal))).Where(reference => IsJsonObject(reference.To)),
    ];

    private static bool IsJsonObject(string type) =>
        type.StartsWith("Newtonsoft.Json.", StringComparison.Ordinal)
        || type.StartsWith("System.Text.Json.Nodes.", StringComparison.Ordinal)
        || type.StartsWith("System.Text.Json.Serialization.", StringComparison.Ordinal)
        || Outermost(type) is "System.Text.Json.JsonDocument" or "System.Text.Json.JsonElement" or "System.Text.Json.JsonProperty"
            or "System.Text.Json.JsonSerializer" or "System.Text.Json.JsonSerializerOptions" or "System.Net.Http.Json.HttpContentJsonExtensions";

    private static string Outermost(string type) => type.Split('+')[0];

    private static string NameOf(MetadataReader reader, EntityHandle handle)
    {
        if (handle.Kind == HandleKind.TypeReference)
        {
            var type = reader.GetTypeReference((TypeReferenceHandle)handle);
            return type.ResolutionScope.Kind == HandleKind.TypeReference
                ? $"{NameOf(reader, type.ResolutionScope)}+{reader.GetString(type.Name)}"
                : Join(reader, type.Namespace, type.Name);
        }

        var definition = reader.GetTypeDefinition((TypeDefinitionHandle)handle);
        return definition.GetDeclaringType() is { IsNil: false } outer
            ? $"{NameOf(reader, outer)}+{reader.GetString(definition.Name)}"
            : Join(reader, definition.Namespace, definition.Name);
    }

    private static string Join(MetadataReader reader, StringHandle space, StringHandle name) =>
        space.IsNil ? reader.GetString(name) : $"{reader.GetString(space)}.{reader.GetString(name)}";

    // As a signature decoder it notes each type that it meets; the decoded value itself is of no use.
    private sealed class Walk(MetadataReader reader, PEReader file, Action<string> note) : ISignatureTypeProvider<bool, bool>
    {
        public void Type(TypeDefinition type)
        {
            Entity(type.BaseType);
            foreach (var implementation in type.GetInterfaceImplementations())
            {
                Entity(reader.GetInterfaceImplementation(implementation).Interface);
            }

            Attributes(type.GetCustomAttributes());
            Generics(type.GetGenericParameters());
            foreach (var handle in type.GetFields())
            {
                var field = reader.GetFieldDefinition(handle);
                field.DecodeSignature(this, false);
                Attributes(field.GetCustomAttributes());
            }

            foreach (var handle in type.GetProperties())
            {
                Attributes(reader.GetPropertyDefinition(handle).GetCustomAttributes());
            }

            foreach (var handle in type.GetMethods())
            {
                var method = reader.GetMethodDefinition(handle);
                method.DecodeSignature(this, false);
                Attributes(method.GetCustomAttributes());
                Generics(method.GetGenericParameters());
                if (method.RelativeVirtualAddress != 0)
                {
                    Body(file.GetMethodBody(method.RelativeVirtualAddress));
                }
            }
        }

        private void Body(MethodBodyBlock body)
        {
            if (!body.LocalSignature.IsNil)
            {
                reader.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(this, false);
            }

            foreach (var region in body.ExceptionRegions)
            {
                Entity(region.CatchType);
            }

            var code = body.GetILReader();
            while (code.RemainingBytes > 0)
            {
                var first = code.ReadByte();
                var operation = (first == 0xFE ? _twoBytes[code.ReadByte()] : _oneByte[first]) ?? throw new BadImageFormatException($"Unknown operation {first:x2}.");
                switch (operation.OperandType)
                {
                    case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                        Entity(MetadataTokens.EntityHandle(code.ReadInt32()));
                        break;
                    case OperandType.InlineSig:
                        Entity(MetadataTokens.EntityHandle(code.ReadInt32()));
                        break;
                    case OperandType.InlineSwitch:
                        var targets = code.ReadInt32();
                        code.Offset += 4 * targets;
                        break;
                    case OperandType.InlineI8 or OperandType.InlineR:
                        code.Offset += 8;
                        break;
                    case OperandType.InlineBrTarget or OperandType.InlineI or OperandType.InlineString or OperandType.ShortInlineR:
                        code.Offset += 4;
                        break;
                    case OperandType.InlineVar:
                        code.Offset += 2;
                        break;
                    case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                        code.Offset++;
                        break;
                }
            }
        }

        private void Entity(EntityHandle handle)
        {
            if (handle.IsNil)
            {
                return;
            }

            switch (handle.Kind)
            {
                case HandleKind.TypeReference or HandleKind.TypeDefinition:
                    note(NameOf(reader, handle));
                    break;
                case HandleKind.TypeSpecification:
                    reader.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(this, false);
                    break;
                case HandleKind.MemberReference:
                    var member = reader.GetMemberReference((MemberReferenceHandle)handle);
                    Entity(member.Parent);
                    if (member.GetKind() == MemberReferenceKind.Field)
                    {
                        member.DecodeFieldSignature(this, false);
                    }
                    else
                    {
                        member.DecodeMethodSignature(this, false);
                    }

                    break;
                case HandleKind.MethodSpecification:
                    var generic = reader.GetMethodSpecification((MethodSpecificationHandle)handle);
                    Entity(generic.Method);
                    generic.DecodeSignature(this, false);
                    break;
                case HandleKind.MethodDefinition:
                    var method = reader.GetMethodDefinition((MethodDefinitionHandle)handle);
                    Entity(method.GetDeclaringType());
                    method.DecodeSignature(this, false);
                    break;
                case HandleKind.FieldDefinition:
                    var field = reader.GetFieldDefinition((FieldDefinitionHandle)handle);
                    Entity(field.GetDeclaringType());
                    field.DecodeSignature(this, false);
                    break;
                case HandleKind.StandaloneSignature:
                    reader.GetStandaloneSignature((StandaloneSignatureHandle)handle).DecodeMethodSignature(this, false);
                    break;
            }
        }

        private void Attributes(CustomAttributeHandleCollection attributes)
        {
            foreach (var handle in attributes)
            {
                Entity(reader.GetCustomAttribute(handle).Constructor);
            }
        }

        private void Generics(GenericParameterHandleCollection parameters)
        {
            foreach (var parameter in parameters)
            {
                foreach (var constraint in reader.GetGenericParameter(parameter).GetConstraints())
                {
                    Entity(reader.GetGenericParameterConstraint(constraint).Type);
                }
            }
        }

        public bool GetTypeFromDefinition(MetadataReader metadata, TypeDefinitionHandle handle, byte rawTypeKind) => Noted(handle);

        public bool GetTypeFromReference(MetadataReader metadata, TypeReferenceHandle handle, byte rawTypeKind) => Noted(handle);

        public bool GetTypeFromSpecification(MetadataReader metadata, bool genericContext, TypeSpecificationHandle handle, byte rawTypeKind) => Noted(handle);

        public bool GetArrayType(bool elementType, ArrayShape shape) => false;

        public bool GetByReferenceType(bool elementType) => false;

        public bool GetFunctionPointerType(MethodSignature<bool> signature) => false;

        public bool GetGenericInstantiation(bool genericType, ImmutableArray<bool> typeArguments) => false;

        public bool GetGenericMethodParameter(bool genericContext, int index) => false;

        public bool GetGenericTypeParameter(bool genericContext, int index) => false;

        public bool GetModifiedType(bool modifier, bool unmodifiedType, bool isRequired) => false;

        public bool GetPinnedType(bool elementType) => false;

        public bool GetPointerType(bool elementType) => false;

        public bool GetPrimitiveType(PrimitiveTypeCode typeCode) => false;

        public bool GetSZArrayType(bool elementType) => false;

        private bool Noted(EntityHandle handle)
        {
            Entity(handle);
            return false;
        }
    }
}
