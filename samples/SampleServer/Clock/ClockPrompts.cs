using System.ComponentModel;
using ModelContextProtocol.Server;

namespace McpHub.SampleServer.Clock;

[McpServerPromptType]
internal sealed class ClockPrompts
{
    [McpServerPrompt(Name = "plan_day", Title = "Plan a day")]
    [Description("Asks for a plan of one day around a goal.")]
    public static string PlanDay(
        [Description("What should be done by the evening.")] string goal,
        [Description("The day, as yyyy-MM-dd; today when left out.")] string? date = null)
        => $"Plan {date ?? ClockResources.Today()} hour by hour from 9:00 to 18:00. The goal: {goal}. Leave an hour for lunch and one free.";
}
