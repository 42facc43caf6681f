using Akka.Configuration;
using McpHub.Host.Configuration;
using McpHub.Protocol.Errors;

namespace McpHub.Host.Cli;

/// <summary>What the command line of <c>hub run</c> says.</summary>
/// <param name="ConfigFile"><c>--config</c>.</param>
/// <param name="Urls"><c>--urls</c>; overrides <c>hub.listen</c>.</param>
/// <param name="HoconFile"><c>--hocon</c>: settings of the actor system, over <c>hocon/hub.conf</c>.</param>
internal sealed record RunOptions(string ConfigFile, string? Urls, string? HoconFile);

/// <summary>Everything <c>hub run</c> needs, read and checked before anything is started.</summary>
/// <param name="File">The configuration.</param>
/// <param name="Listen">Where to listen.</param>
/// <param name="Hocon">Settings of the actor system; known to parse.</param>
internal sealed record RunPlan(HubFile File, Uri Listen, string Hocon)
{
    /// <summary>Reads all files and says on standard error what is wrong with them.</summary>
    /// <returns><c>null</c> if no hub can start from this.</returns>
    public static RunPlan? Make(RunOptions options, HubFileReader reader, CliConsole console)
    {
        var file = reader.Read(options.ConfigFile);
        foreach (var diagnostic in file.Diagnostics)
        {
            console.Error.WriteLine(diagnostic);
        }

        var usable = file.Usable;
        var listen = file.Settings.Listen;
        if (options.Urls is not null)
        {
            var (address, error) = ListenAddress.Parse(options.Urls, "--urls");
            if (error is not null)
            {
                console.Failed(error);
                usable = false;
            }

            listen = address ?? listen;
        }

        var hocon = "";
        if (options.HoconFile is not null)
        {
            try
            {
                hocon = System.IO.File.ReadAllText(options.HoconFile);
                _ = ConfigurationFactory.ParseString(hocon);
            }
            catch (Exception e)
            {
                // Akka's parser has no exception type of its own, and falls over an include.
                var reason = e is NullReferenceException ? "it does not parse" : e.Message;
                console.Failed(HubErrors.HoconInvalid.With(("reason", $"{options.HoconFile}: {reason}")));
                usable = false;
            }
        }

        return usable ? new RunPlan(file, listen, hocon) : null;
    }
}
