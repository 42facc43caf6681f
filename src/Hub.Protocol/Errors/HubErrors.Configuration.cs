using McpHub.Protocol.Revisions;

namespace McpHub.Protocol.Errors;

#pragma warning disable CS1591
public static partial class HubErrors
{
    public static readonly HubErrorDefinition InvalidParameters = new("HUB1001", "{reason}",
        "correct the server's parameters", RpcErrorCodes.InvalidParams, Retryable: false, "Server \"{server}\" is misconfigured");

    public static readonly HubErrorDefinition ConfigNotJson = Configuration("HUB1002", "the file is not JSON: {reason}",
        "comments and trailing commas are allowed, everything else is strict JSON in UTF-8");

    public static readonly HubErrorDefinition ServerNeedsCommandOrUrl = Configuration("HUB1003", "{path} needs \"{key}\"",
        "a local server has a \"command\", a remote one a \"url\"{suggestion}");

    public static readonly HubErrorDefinition UnknownKey = Configuration("HUB1004", "{path} is not known", "{suggestion}");

    public static readonly HubErrorDefinition WrongValue = Configuration("HUB1005", "{path} must be {expected}", "{suggestion}");

    public static readonly HubErrorDefinition NotADuration = Configuration("HUB1006", "{path}: \"{value}\" is not a duration",
        "write a whole number and its unit: 500ms, 60s, 5m, 1h");

    public static readonly HubErrorDefinition VariableUnset = Configuration("HUB1007", "{path}: {variable} has no value",
        "{advice}");

    public static readonly HubErrorDefinition VariableSyntax = Configuration("HUB1008", "{path}: {reason}",
        "write ${VAR}, ${VAR:-default}, ${env:VAR} or ${input:id}");

    public static readonly HubErrorDefinition DuplicateKey = Configuration("HUB1009", "{path} is there twice, first at line {line}, column {column}",
        "keep one of the two");

    public static readonly HubErrorDefinition ForeignKey = Configuration("HUB1010", "{path} is not used by the hub",
        "{suggestion}");

    public static readonly HubErrorDefinition OutOfRange = Configuration("HUB1011", "{path}: {value} is out of range",
        "from {from} to {to}");

    public static readonly HubErrorDefinition NotSupportedYet = Configuration("HUB1012", "{path}: {what} is not supported by this version",
        "{advice}");

    public static readonly HubErrorDefinition FileUnreadable = Configuration("HUB1013", "cannot read the file: {reason}",
        "check the path and its permissions");

    public static readonly HubErrorDefinition NoServers = Configuration("HUB1014", "the file has neither \"mcpServers\" nor \"servers\"",
        "list the servers under one of the two{suggestion}");

    public static readonly HubErrorDefinition ListenAddressRefused = Configuration("HUB1015", "{path}: the hub cannot listen on \"{url}\": {reason}",
        "use http://127.0.0.1:PORT, http://localhost:PORT or http://[::1]:PORT; other addresses need authorization, which this version does not have");

    public static readonly HubErrorDefinition Contradiction = Configuration("HUB1016", "{path}: {reason}", "{advice}");

    public static readonly HubErrorDefinition HoconInvalid = Configuration("HUB1017", "the HOCON file cannot be used: {reason}",
        "hocon/hub.conf shows every key");

    public static readonly HubErrorDefinition HubUnreachable = Configuration("HUB1018", "no hub answers at {url}: {reason}",
        "start one with: hub run --config FILE, or name another with --hub URL");

    public static readonly HubErrorDefinition ListenFailed = Configuration("HUB1019", "cannot listen on {url}: {reason}",
        "stop what uses the port, or choose another with --urls (port 0 takes a free one)");

    public static readonly HubErrorDefinition SecretInUrl = Configuration("HUB1020", "{path}: the query parameter \"{parameter}\" looks like a secret, and URLs are logged by proxies and servers",
        "if the server takes it in a header, write it under \"headers\" or x-hub.bearerToken");

    private static HubErrorDefinition Configuration(string code, string message, string hint) =>
        new(code, message, hint, RpcErrorCodes.Unavailable, Retryable: false, "Server \"{server}\" is misconfigured");
}
