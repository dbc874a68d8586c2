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
        Command command = new("reload", "Have a running gateway read its configuration again; one with errors changes nothing.") { format };
        command.SetAction(async (parsed, ct) =>
        {
            using ManagementClient client = ManagementClient.Open(context.Load(parsed).DataDirectory);
            ReloadReport report = await client.PostAsync("api/reload", ApiJson.Default.ReloadReport, ct);
            if (parsed.GetValue(format) == OutputFormat.Json)
            {
                context.PrintJson(report, ApiJson.Default.ReloadReport);
            }
            else
            {
                Print(context, report);
            }

            return report.Accepted && report.Unusable.Count == 0 ? ExitCode.Ok : ExitCode.Configuration;
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
        foreach (string key in report.NeedRestart)
        {
            context.Output.WriteLine($"{key} counts after a restart only.");
        }
    }
}
