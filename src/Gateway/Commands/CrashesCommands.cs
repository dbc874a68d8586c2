using System.CommandLine;
using System.Globalization;
using Gateway.Api;
using Gateway.Relay.Inspection;

namespace Gateway.Commands;

/// <summary><c>gateway crashes ...</c>: messages that an earlier process may have died of.</summary>
internal static class CrashesCommands
{
    public static Command Create(CommandContext context) => new(
        "crashes", "See and clear messages that are quarantined without inspection, because the gateway died or stopped while it read them.")
    {
        List(context), Clear(context),
    };

    private static Command List(CommandContext context)
    {
        Option<OutputFormat> format = CommandContext.FormatOption();
        Command command = new("list", "List suspects: they are forgotten seven days after their last crash.") { format };
        command.SetAction(async (parsed, ct) =>
        {
            using ManagementClient client = ManagementClient.Open(context, parsed);
            IReadOnlyList<CrashSuspect> suspects = await client.GetAsync("api/crashes", ApiJson.Default.IReadOnlyListCrashSuspect, ct);
            TextTable table = new("DIGEST", "SIZE", "LAST CRASH", "CRASHES", "QUARANTINED");
            foreach (CrashSuspect suspect in suspects)
            {
                if (parsed.GetValue(format) == OutputFormat.Json)
                {
                    context.PrintJson(suspect, CommandJson.Default.CrashSuspect);
                }

                table.Add(
                    suspect.Digest, Format.Size(suspect.Size), Format.Time(suspect.Crashed),
                    suspect.Crashes.ToString(CultureInfo.InvariantCulture), suspect.Quarantined.ToString(CultureInfo.InvariantCulture));
            }

            if (parsed.GetValue(format) != OutputFormat.Json)
            {
                table.Write(context.Output);
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Clear(CommandContext context)
    {
        Argument<string?> digest = new("digest") { Description = "Digest, as the list shows it", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> all = new("--all") { Description = "All suspects" };
        Command command = new("clear", "Forget a suspect: the next time it comes it is read like any message. What is quarantined stays quarantined.") { digest, all };
        command.SetAction(async (parsed, ct) =>
        {
            string? one = parsed.GetValue(digest);
            if ((one is null) != parsed.GetValue(all))
            {
                throw new CommandFailedException(ExitCode.Usage, "Name one digest, or --all.");
            }

            using ManagementClient client = ManagementClient.Open(context, parsed);
            string path = one is null ? "api/crashes/clear" : $"api/crashes/{Uri.EscapeDataString(one)}/clear";
            OrderResult result = await client.PostAsync(path, ApiJson.Default.OrderResult, ct);
            context.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.Count} suspects forgotten."));
            return ExitCode.Ok;
        });
        return command;
    }
}
