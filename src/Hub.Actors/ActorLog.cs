using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;
using Akka.Hosting.Logging;
using Microsoft.Extensions.Logging;
using AkkaLevel = Akka.Event.LogLevel;

namespace McpHub.Actors;

/// <summary>
/// Actor, one per actor system: hands what actors log to the service's loggers, under the class that logs, message and cause alone. Akka.Hosting's own puts level, time, thread and actor path
/// into the text of each message, beside those of the console.
/// </summary>
internal sealed class ActorLog : UntypedActor, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    private readonly ILoggerFactory _loggers =
        Context.System.Settings.Setup.Get<LoggerFactorySetup>() is { HasValue: true } setup ? setup.Value.LoggerFactory : Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case InitializeLogger:
                Sender.Tell(new LoggerInitialized());
                break;
            case LogEvent logged:
                _loggers.CreateLogger(logged.LogClass.FullName ?? logged.LogClass.Name).Log(LevelOf(logged.LogLevel()), logged.Cause, "{Message}", logged.Message.ToString());
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private static Microsoft.Extensions.Logging.LogLevel LevelOf(AkkaLevel level) => level switch
    {
        AkkaLevel.DebugLevel => Microsoft.Extensions.Logging.LogLevel.Debug,
        AkkaLevel.InfoLevel => Microsoft.Extensions.Logging.LogLevel.Information,
        AkkaLevel.WarningLevel => Microsoft.Extensions.Logging.LogLevel.Warning,
        _ => Microsoft.Extensions.Logging.LogLevel.Error,
    };
}
