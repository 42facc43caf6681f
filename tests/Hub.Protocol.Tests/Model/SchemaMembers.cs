namespace McpHub.Protocol.Tests.Model;

/// <summary>Members of the modelled types in the specification's JSON Schemas (schema/*/schema.json): one line for a revision and type, * = required.</summary>
internal static class SchemaMembers
{
    private const string Text = """
        2024-11-05 InitializeResult _meta capabilities* instructions protocolVersion* serverInfo*
        2024-11-05 ServerCapabilities experimental logging prompts resources tools
        2024-11-05 ClientCapabilities experimental roots sampling
        2024-11-05 Implementation name* version*
        2024-11-05 Tool description inputSchema* name*
        2024-11-05 ListToolsResult _meta nextCursor tools*
        2024-11-05 Resource annotations description mimeType name* size uri*
        2024-11-05 ListResourcesResult _meta nextCursor resources*
        2024-11-05 ResourceTemplate annotations description mimeType name* uriTemplate*
        2024-11-05 ListResourceTemplatesResult _meta nextCursor resourceTemplates*
        2024-11-05 Prompt arguments description name*
        2024-11-05 PromptArgument description name* required
        2024-11-05 ListPromptsResult _meta nextCursor prompts*
        2024-11-05 CallToolResult _meta content* isError
        2024-11-05 TextContent annotations text* type*
        2024-11-05 ImageContent annotations data* mimeType* type*
        2024-11-05 EmbeddedResource annotations resource* type*
        2024-11-05 ReadResourceResult _meta contents*
        2024-11-05 TextResourceContents mimeType text* uri*
        2024-11-05 BlobResourceContents blob* mimeType uri*
        2024-11-05 GetPromptResult _meta description messages*
        2024-11-05 PromptMessage content* role*
        2024-11-05 CompleteResult _meta completion*
        2024-11-05 PromptReference name* type*
        2024-11-05 ResourceTemplateReference type* uri*
        2024-11-05 Completion hasMore total values*
        2024-11-05 CompletionArgument name* value*
        2024-11-05 ProgressNotification progress* progressToken* total
        2024-11-05 ResourcesCapability listChanged subscribe
        2024-11-05 ListCapability listChanged
        2024-11-05 LoggingMessage data* level* logger
        2024-11-05 CreateMessageRequestParams includeContext maxTokens* messages* metadata modelPreferences stopSequences systemPrompt temperature
        2024-11-05 SamplingMessage content* role*
        2024-11-05 ModelPreferences costPriority hints intelligencePriority speedPriority
        2024-11-05 ModelHint name
        2024-11-05 CreateMessageResult _meta content* model* role* stopReason
        2024-11-05 Root name uri*
        2024-11-05 ListRootsResult _meta roots*
        2025-03-26 InitializeResult _meta capabilities* instructions protocolVersion* serverInfo*
        2025-03-26 ServerCapabilities completions experimental logging prompts resources tools
        2025-03-26 ClientCapabilities experimental roots sampling
        2025-03-26 Implementation name* version*
        2025-03-26 Annotations audience priority
        2025-03-26 Tool annotations description inputSchema* name*
        2025-03-26 ToolAnnotations destructiveHint idempotentHint openWorldHint readOnlyHint title
        2025-03-26 ListToolsResult _meta nextCursor tools*
        2025-03-26 Resource annotations description mimeType name* size uri*
        2025-03-26 ListResourcesResult _meta nextCursor resources*
        2025-03-26 ResourceTemplate annotations description mimeType name* uriTemplate*
        2025-03-26 ListResourceTemplatesResult _meta nextCursor resourceTemplates*
        2025-03-26 Prompt arguments description name*
        2025-03-26 PromptArgument description name* required
        2025-03-26 ListPromptsResult _meta nextCursor prompts*
        2025-03-26 CallToolResult _meta content* isError
        2025-03-26 TextContent annotations text* type*
        2025-03-26 ImageContent annotations data* mimeType* type*
        2025-03-26 AudioContent annotations data* mimeType* type*
        2025-03-26 EmbeddedResource annotations resource* type*
        2025-03-26 ReadResourceResult _meta contents*
        2025-03-26 TextResourceContents mimeType text* uri*
        2025-03-26 BlobResourceContents blob* mimeType uri*
        2025-03-26 GetPromptResult _meta description messages*
        2025-03-26 PromptMessage content* role*
        2025-03-26 CompleteResult _meta completion*
        2025-03-26 PromptReference name* type*
        2025-03-26 ResourceTemplateReference type* uri*
        2025-03-26 Completion hasMore total values*
        2025-03-26 CompletionArgument name* value*
        2025-03-26 ProgressNotification message progress* progressToken* total
        2025-03-26 ResourcesCapability listChanged subscribe
        2025-03-26 ListCapability listChanged
        2025-03-26 LoggingMessage data* level* logger
        2025-03-26 CreateMessageRequestParams includeContext maxTokens* messages* metadata modelPreferences stopSequences systemPrompt temperature
        2025-03-26 SamplingMessage content* role*
        2025-03-26 ModelPreferences costPriority hints intelligencePriority speedPriority
        2025-03-26 ModelHint name
        2025-03-26 CreateMessageResult _meta content* model* role* stopReason
        2025-03-26 Root name uri*
        2025-03-26 ListRootsResult _meta roots*
        2025-06-18 InitializeResult _meta capabilities* instructions protocolVersion* serverInfo*
        2025-06-18 ServerCapabilities completions experimental logging prompts resources tools
        2025-06-18 ClientCapabilities elicitation experimental roots sampling
        2025-06-18 Implementation name* title version*
        2025-06-18 Annotations audience lastModified priority
        2025-06-18 Tool _meta annotations description inputSchema* name* outputSchema title
        2025-06-18 ToolAnnotations destructiveHint idempotentHint openWorldHint readOnlyHint title
        2025-06-18 ListToolsResult _meta nextCursor tools*
        2025-06-18 Resource _meta annotations description mimeType name* size title uri*
        2025-06-18 ListResourcesResult _meta nextCursor resources*
        2025-06-18 ResourceTemplate _meta annotations description mimeType name* title uriTemplate*
        2025-06-18 ListResourceTemplatesResult _meta nextCursor resourceTemplates*
        2025-06-18 Prompt _meta arguments description name* title
        2025-06-18 PromptArgument description name* required title
        2025-06-18 ListPromptsResult _meta nextCursor prompts*
        2025-06-18 CallToolResult _meta content* isError structuredContent
        2025-06-18 TextContent _meta annotations text* type*
        2025-06-18 ImageContent _meta annotations data* mimeType* type*
        2025-06-18 AudioContent _meta annotations data* mimeType* type*
        2025-06-18 ResourceLink _meta annotations description mimeType name* size title type* uri*
        2025-06-18 EmbeddedResource _meta annotations resource* type*
        2025-06-18 ReadResourceResult _meta contents*
        2025-06-18 TextResourceContents _meta mimeType text* uri*
        2025-06-18 BlobResourceContents _meta blob* mimeType uri*
        2025-06-18 GetPromptResult _meta description messages*
        2025-06-18 PromptMessage content* role*
        2025-06-18 CompleteResult _meta completion*
        2025-06-18 PromptReference name* title type*
        2025-06-18 ResourceTemplateReference type* uri*
        2025-06-18 Completion hasMore total values*
        2025-06-18 CompletionArgument name* value*
        2025-06-18 ProgressNotification message progress* progressToken* total
        2025-06-18 ResourcesCapability listChanged subscribe
        2025-06-18 ListCapability listChanged
        2025-06-18 LoggingMessage data* level* logger
        2025-06-18 CreateMessageRequestParams includeContext maxTokens* messages* metadata modelPreferences stopSequences systemPrompt temperature
        2025-06-18 SamplingMessage content* role*
        2025-06-18 ModelPreferences costPriority hints intelligencePriority speedPriority
        2025-06-18 ModelHint name
        2025-06-18 CreateMessageResult _meta content* model* role* stopReason
        2025-06-18 ElicitResult _meta action* content
        2025-06-18 Root _meta name uri*
        2025-06-18 ListRootsResult _meta roots*
        2025-06-18 ElicitRequestParams message* requestedSchema*
        2025-11-25 InitializeResult _meta capabilities* instructions protocolVersion* serverInfo*
        2025-11-25 ServerCapabilities completions experimental logging prompts resources tasks tools
        2025-11-25 ClientCapabilities elicitation experimental roots sampling tasks
        2025-11-25 Implementation description icons name* title version* websiteUrl
        2025-11-25 Icon mimeType sizes src* theme
        2025-11-25 Annotations audience lastModified priority
        2025-11-25 Tool _meta annotations description execution icons inputSchema* name* outputSchema title
        2025-11-25 ToolAnnotations destructiveHint idempotentHint openWorldHint readOnlyHint title
        2025-11-25 ListToolsResult _meta nextCursor tools*
        2025-11-25 Resource _meta annotations description icons mimeType name* size title uri*
        2025-11-25 ListResourcesResult _meta nextCursor resources*
        2025-11-25 ResourceTemplate _meta annotations description icons mimeType name* title uriTemplate*
        2025-11-25 ListResourceTemplatesResult _meta nextCursor resourceTemplates*
        2025-11-25 Prompt _meta arguments description icons name* title
        2025-11-25 PromptArgument description name* required title
        2025-11-25 ListPromptsResult _meta nextCursor prompts*
        2025-11-25 CallToolResult _meta content* isError structuredContent
        2025-11-25 TextContent _meta annotations text* type*
        2025-11-25 ImageContent _meta annotations data* mimeType* type*
        2025-11-25 AudioContent _meta annotations data* mimeType* type*
        2025-11-25 ResourceLink _meta annotations description icons mimeType name* size title type* uri*
        2025-11-25 EmbeddedResource _meta annotations resource* type*
        2025-11-25 ReadResourceResult _meta contents*
        2025-11-25 TextResourceContents _meta mimeType text* uri*
        2025-11-25 BlobResourceContents _meta blob* mimeType uri*
        2025-11-25 GetPromptResult _meta description messages*
        2025-11-25 PromptMessage content* role*
        2025-11-25 CompleteResult _meta completion*
        2025-11-25 PromptReference name* title type*
        2025-11-25 ResourceTemplateReference type* uri*
        2025-11-25 Completion hasMore total values*
        2025-11-25 CompletionArgument name* value*
        2025-11-25 ProgressNotification _meta message progress* progressToken* total
        2025-11-25 ResourcesCapability listChanged subscribe
        2025-11-25 ListCapability listChanged
        2025-11-25 LoggingMessage _meta data* level* logger
        2025-11-25 CreateMessageRequestParams _meta includeContext maxTokens* messages* metadata modelPreferences stopSequences systemPrompt task temperature toolChoice tools
        2025-11-25 SamplingMessage _meta content* role*
        2025-11-25 ModelPreferences costPriority hints intelligencePriority speedPriority
        2025-11-25 ModelHint name
        2025-11-25 ToolChoice mode
        2025-11-25 CreateMessageResult _meta content* model* role* stopReason
        2025-11-25 ToolUseContent _meta id* input* name* type*
        2025-11-25 ToolResultContent _meta content* isError structuredContent toolUseId* type*
        2025-11-25 ElicitResult _meta action* content
        2025-11-25 Root _meta name uri*
        2025-11-25 ListRootsResult _meta roots*
        2025-11-25 ElicitRequestParams _meta elicitationId message* mode requestedSchema task url
        2026-07-28 DiscoverResult _meta cacheScope* capabilities* instructions resultType* supportedVersions* ttlMs*
        2026-07-28 ServerCapabilities completions experimental extensions logging prompts resources tools
        2026-07-28 ClientCapabilities elicitation experimental extensions roots sampling
        2026-07-28 Implementation description icons name* title version* websiteUrl
        2026-07-28 Icon mimeType sizes src* theme
        2026-07-28 Annotations audience lastModified priority
        2026-07-28 Tool _meta annotations description icons inputSchema* name* outputSchema title
        2026-07-28 ToolAnnotations destructiveHint idempotentHint openWorldHint readOnlyHint title
        2026-07-28 ListToolsResult _meta cacheScope* nextCursor resultType* tools* ttlMs*
        2026-07-28 Resource _meta annotations description icons mimeType name* size title uri*
        2026-07-28 ListResourcesResult _meta cacheScope* nextCursor resources* resultType* ttlMs*
        2026-07-28 ResourceTemplate _meta annotations description icons mimeType name* title uriTemplate*
        2026-07-28 ListResourceTemplatesResult _meta cacheScope* nextCursor resourceTemplates* resultType* ttlMs*
        2026-07-28 Prompt _meta arguments description icons name* title
        2026-07-28 PromptArgument description name* required title
        2026-07-28 ListPromptsResult _meta cacheScope* nextCursor prompts* resultType* ttlMs*
        2026-07-28 CallToolResult _meta content* isError resultType* structuredContent
        2026-07-28 TextContent _meta annotations text* type*
        2026-07-28 ImageContent _meta annotations data* mimeType* type*
        2026-07-28 AudioContent _meta annotations data* mimeType* type*
        2026-07-28 ResourceLink _meta annotations description icons mimeType name* size title type* uri*
        2026-07-28 EmbeddedResource _meta annotations resource* type*
        2026-07-28 ReadResourceResult _meta cacheScope* contents* resultType* ttlMs*
        2026-07-28 InputRequiredResult _meta inputRequests requestState resultType*
        2026-07-28 TextResourceContents _meta mimeType text* uri*
        2026-07-28 BlobResourceContents _meta blob* mimeType uri*
        2026-07-28 GetPromptResult _meta description messages* resultType*
        2026-07-28 PromptMessage content* role*
        2026-07-28 CompleteResult _meta completion* resultType*
        2026-07-28 PromptReference name* title type*
        2026-07-28 ResourceTemplateReference type* uri*
        2026-07-28 Completion hasMore total values*
        2026-07-28 CompletionArgument name* value*
        2026-07-28 ProgressNotification _meta message progress* progressToken* total
        2026-07-28 ResourcesCapability listChanged subscribe
        2026-07-28 ListCapability listChanged
        2026-07-28 LoggingMessage _meta data* level* logger
        2026-07-28 CreateMessageRequestParams includeContext maxTokens* messages* metadata modelPreferences stopSequences systemPrompt temperature toolChoice tools
        2026-07-28 SamplingMessage _meta content* role*
        2026-07-28 ModelPreferences costPriority hints intelligencePriority speedPriority
        2026-07-28 ModelHint name
        2026-07-28 ToolChoice mode
        2026-07-28 CreateMessageResult _meta content* model* role* stopReason
        2026-07-28 ToolUseContent _meta id* input* name* type*
        2026-07-28 ToolResultContent _meta content* isError structuredContent toolUseId* type*
        2026-07-28 ElicitResult action* content
        2026-07-28 Root _meta name uri*
        2026-07-28 ListRootsResult roots*
        2026-07-28 ElicitRequestParams message* mode requestedSchema url
        """;

    public static IEnumerable<(string Revision, string Type, string Member, bool Required)> All =>
        from line in Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        let words = line.Trim().Split(' ')
        from member in words.Skip(2)
        select (words[0], words[1], member.TrimEnd('*'), member.EndsWith('*'));
}
