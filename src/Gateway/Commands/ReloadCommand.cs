using System.CommandLine;
using System.Globalization;
using Gateway.Api;

namespace Gateway.Commands;

/// <summary><c>gateway reload</c>: has a running gateway read its configuration again.</summary>
internal static class ReloadCommand
{
    public static Command Create(CommandContext context)
    {
        Option<OutputFormat> format = CommandContext.FormatOption();
        Command command = new("reload", "Have a running gateway read its configuration, certificates and users again; a configuration with errors changes nothing (exit 78). Names the keys that count after a restart only (exit 1).") { format };
        command.SetAction(async (parsed, ct) =>
        {
            using ManagementClient client = ManagementClient.Open(context, parsed);
            ReloadReport report = await client.PostAsync("api/reload", ApiJson.Default.ReloadReport, ct);
            if (parsed.GetValue(format) == OutputFormat.Json)
            {
                context.PrintJson(report, ApiJson.Default.ReloadReport);
            }
            else
            {
                Print(context, report);
            }

            return !report.Accepted || report.Unusable.Count > 0 ? ExitCode.Configuration : report.NeedRestart.Count > 0 ? ExitCode.Found : ExitCode.Ok;
        });
        return command;
    }

    private static void Print(CommandContext context, ReloadReport report)
    {
        foreach (string line in report.Problems.Concat(report.Warnings).Concat(report.Unusable))
        {
            context.Error.WriteLine(line);
        }

        context.Output.WriteLine(report.Accepted
            ? string.Create(CultureInfo.InvariantCulture, $"The configuration is generation {report.Generation}.")
            : "Nothing was changed.");
        foreach (string key in report.Taken)
        {
            context.Output.WriteLine($"{key} is taken.");
        }

        foreach (string key in report.NeedRestart)
        {
            context.Output.WriteLine($"{key} counts after a restart only.");
        }
    }
}
