using System.CommandLine;
using System.Globalization;
using Gateway.Configuration;
using Gateway.Drill;

namespace Gateway.Commands;

/// <summary><c>gateway drill ...</c>: incidents made on purpose, to see that the promises hold on this machine.</summary>
internal static class DrillCommands
{
    public static Command Create(CommandContext context)
    {
        Command command = new(
            "drill",
            "Make an incident on purpose: a real gateway and a mail system behind it on free loopback ports, mail through both, first without and then with the "
            + "incident. Prints a timeline, the delay of clean mail beside that without the incident, and where every message ended. "
            + "Exit code 0 when the promise was kept, 1 when not.")
        {
            List(context),
        };
        foreach (IncidentDrill drill in DrillCatalogue.All)
        {
            command.Add(One(context, drill));
        }

        return command;
    }

    private static Command List(CommandContext context)
    {
        Command command = new("list", "List the drills and what each promises.");
        command.SetAction(_ =>
        {
            TextTable table = new("DRILL", "INCIDENT", "PROMISE");
            foreach (IncidentDrill drill in DrillCatalogue.All)
            {
                table.Add(drill.Name, drill.Summary, drill.Promise);
            }

            table.Write(context.Output);
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command One(CommandContext context, IncidentDrill drill)
    {
        Option<bool> brief = new("--short") { Description = "Short clocks: seconds where the incident takes minutes" };
        Option<bool> json = new("--json") { Description = "Print the report as one JSON object" };
        Option<string?> duration = new("--duration") { Description = "How long the incident lasts, such as 2m", HelpName = "TIME" };
        Option<double?> rate = new("--rate") { Description = "Messages a second", HelpName = "N" };
        Option<DownstreamKind> downstream = ClosedOption.Of(
            new ClosedSet<DownstreamKind>("downstream"), DownstreamKind.Kestrel, "What the mail system behind is made of: the gateway's own engine, or the package SmtpServer", "--downstream");
        Command command = new(drill.Name, $"{drill.Summary} Promise: {drill.Promise}.") { brief, json, duration, rate, downstream };
        command.SetAction((parsed, ct) =>
        {
            DrillOptions options = new(parsed.GetValue(brief), Rate(parsed.GetValue(rate)), Time(parsed.GetValue(duration)), parsed.GetValue(downstream));
            return RunAsync(context, drill, options, parsed.GetValue(json), ct);
        });
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, IncidentDrill drill, DrillOptions options, bool json, CancellationToken ct)
    {
        DrillReport report = await DrillRunner.RunAsync(
            drill, options, e => context.Error.WriteLine($"{DrillReport.Moment(e.Seconds),10}  {e.What}"), ct);
        if (json)
        {
            context.PrintJson(report, CommandJson.Default.DrillReport);
        }
        else
        {
            context.Error.WriteLine();
            report.Write(context.Output);
        }

        return report.Kept ? ExitCode.Ok : ExitCode.Found;
    }

    private static double? Rate(double? given) => given is null or (> 0 and <= 10_000)
        ? given
        : throw new CommandFailedException(ExitCode.Usage, "--rate takes a number above 0, at most 10000.");

    private static TimeSpan? Time(string? given) => given is null ? null
        : Duration.TryParse(given, CultureInfo.InvariantCulture, out Duration duration) && duration.Time > TimeSpan.Zero ? duration.Time
        : throw new CommandFailedException(ExitCode.Usage, $"'{given}' is no duration such as 30s or 2m.");
}
