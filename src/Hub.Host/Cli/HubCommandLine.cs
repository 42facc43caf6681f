using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;
using McpHub.Actors.Configuration;
using McpHub.Host.Configuration;
using McpHub.Host.Demo;
using McpHub.Protocol.Errors;

namespace McpHub.Host.Cli;

/// <summary>The verbs of <c>hub</c> and their options.</summary>
internal static class HubCommandLine
{
    /// <summary><c>0.1.0</c>, without the commit that the SDK appends.</summary>
    public static string Version { get; } =
        (typeof(HubCommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0").Split('+')[0];

    /// <summary>Runs a command line.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args, CliConsole console)
    {
        // No response files: an argument that begins with @ is an argument.
        var result = Root(console).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (result.Errors.Count > 0)
        {
            // Left alone, System.CommandLine would return 1 for these.
            foreach (var error in result.Errors)
            {
                await console.Error.WriteLineAsync(Diagnostic.Printable(error.Message));
            }

            var verb = result.CommandResult.Command is RootCommand ? "" : " " + result.CommandResult.Command.Name;
            await console.Error.WriteLineAsync($"See: hub{verb} --help");
            return ExitCode.Usage;
        }

        // Signals are ours: a hub drains, which takes longer than the two seconds that the library grants.
        try
        {
            return await result.InvokeAsync(new InvocationConfiguration
            {
                Output = console.Out,
                Error = console.Error,
                ProcessTerminationTimeout = null,
                EnableDefaultExceptionHandler = false,
            });
        }
        catch (Exception e)
        {
            console.Failed(HubErrors.Defect.With(("reason", e.Message)) with { Details = e.ToString().Split(Environment.NewLine) });
            return ExitCode.Unexpected;
        }
    }

    internal static RootCommand Root(CliConsole console)
    {
        var root = new RootCommand("One MCP endpoint in front of many servers.") { Run(console), Validate(console), Schema(console), Status(console), Demo(console) };
        root.Options.OfType<VersionOption>().Single().Action = new PrintVersion();
        return root;
    }

    private static Command Run(CliConsole console)
    {
        var config = new Option<string>("--config", "-c") { Description = "Configuration: a file with mcpServers (Claude, Cursor, Copilot) or servers (VS Code).", Required = true, HelpName = "FILE" };
        var urls = new Option<string?>("--urls") { Description = $"Where to listen, loopback only; port 0 takes a free one. Default: hub.listen in the file, else {ListenAddress.Default.GetLeftPart(UriPartial.Authority)}", HelpName = "URL" };
        var hocon = new Option<string?>("--hocon") { Description = "Settings of the actor system, over hocon/hub.conf.", HelpName = "FILE" };
        var run = new Command("run", "Start the hub and serve until Ctrl+C.") { config, urls, hocon };
        run.SetAction((parsed, _) => RunCommand.RunAsync(new RunOptions(parsed.GetRequiredValue(config), parsed.GetValue(urls), parsed.GetValue(hocon)), console));
        return run;
    }

    private static Command Validate(CliConsole console)
    {
        var file = new Argument<string>("FILE") { Description = "The configuration file." };
        var validate = new Command("validate", "Say what is wrong with a configuration file, with line and column: 0 if nothing but warnings, else 2.") { file };
        validate.SetAction(parsed => ValidateCommand.Run(parsed.GetRequiredValue(file), new HubFileReader(), console));
        return validate;
    }

    private static Command Schema(CliConsole console)
    {
        var schema = new Command("schema", "Print the JSON Schema of the configuration file, for editors.");
        schema.SetAction(_ =>
        {
            console.Out.Write(ConfigSchema.Text);
            return ExitCode.Ok;
        });
        return schema;
    }

    private static Command Status(CliConsole console)
    {
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Print nothing: the exit code says it (0 healthy, 6 not)." };
        var hub = new Option<string>("--hub") { Description = "The hub to ask.", HelpName = "URL", DefaultValueFactory = _ => StatusCommand.DefaultHub };
        hub.Validators.Add(result =>
        {
            if (!Uri.TryCreate(result.GetValueOrDefault<string>(), UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps))
            {
                result.AddError("--hub wants a URL such as http://127.0.0.1:4747.");
            }
        });
        var status = new Command("status", "Say how a running hub is.") { quiet, hub };
        status.SetAction((parsed, ct) => StatusCommand.RunAsync(new Uri(parsed.GetRequiredValue(hub)), parsed.GetValue(quiet), console, ct));
        return status;
    }

    private static Command Demo(CliConsole console)
    {
        var once = new Option<bool>("--once") { Description = "End after the last step instead of serving: 0 if every step went well, else 1." };
        var urls = new Option<Uri?>("--urls")
        {
            Description = $"Where to listen, loopback only; port 0 takes a free one. Default: {ListenAddress.Default.GetLeftPart(UriPartial.Authority)}, with --once a free one.",
            HelpName = "URL",
            CustomParser = result =>
            {
                var (address, error) = ListenAddress.Parse(result.Tokens[0].Value, "--urls");
                if (error is not null)
                {
                    result.AddError(error.Message);
                }

                return address;
            },
        };
        var demo = new Command("demo", "Put three sample servers behind one endpoint, call them, kill one; then serve until Ctrl+C.") { once, urls };
        demo.SetAction(async (parsed, _) =>
        {
            using var signals = new ShutdownSignals();
            return await DemoCommand.RunAsync(parsed.GetValue(once), parsed.GetValue(urls), console, signals.Drain);
        });
        return demo;
    }

    /// <summary>The library's own prints the commit too.</summary>
    private sealed class PrintVersion : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine($"hub {Version}");
            return ExitCode.Ok;
        }
    }
}
