using System.CommandLine;
using System.Globalization;
using Gateway.Api;
using Gateway.Configuration;
using Gateway.Hosting;
using Gateway.Mime;
using Gateway.Relay.Policy;

namespace Gateway.Commands;

/// <summary><c>gateway rules exceptions</c>: who is let off which rule, why, until when, and whether it was ever needed.</summary>
internal static class ExceptionsCommand
{
    public static Command Create(CommandContext context)
    {
        Option<OutputFormat> format = CommandContext.FormatOption();
        Command command = new("exceptions", "List exceptions with reason, author, end and use; uses are those of the running gateway since its start.") { format };
        command.SetAction(async (parsed, ct) =>
        {
            IReadOnlyList<ExceptionRow> rows = await RowsAsync(context, parsed, ct);
            TextTable table = new(
                new TextColumn("NAME"), new TextColumn("RULE"), new TextColumn("ACTION"), new TextColumn("SCOPE", Widest: 50), new TextColumn("ENDS"),
                new TextColumn("USES"), new TextColumn("LAST USE"), new TextColumn("AUTHOR", Widest: 24), new TextColumn("REASON", Widest: 60));
            foreach (ExceptionRow row in rows)
            {
                if (parsed.GetValue(format) == OutputFormat.Json)
                {
                    context.PrintJson(row, ApiJson.Default.ExceptionRow);
                }

                table.Add(
                    row.Name, row.Rule, row.Action, row.Scope, row.Expired ? "expired" : Format.Time(row.Expires),
                    row.Uses?.ToString(CultureInfo.InvariantCulture) ?? "?", row.LastUsed is { } last ? Format.Time(last) : "-", row.Author, row.Reason);
            }

            if (parsed.GetValue(format) != OutputFormat.Json)
            {
                table.Write(context.Output);
            }

            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>From the running gateway; without one, from the configuration and without uses.</summary>
    private static async Task<IReadOnlyList<ExceptionRow>> RowsAsync(CommandContext context, ParseResult parsed, CancellationToken ct)
    {
        try
        {
            using ManagementClient client = ManagementClient.Open(context, parsed);
            return await client.GetAsync("api/exceptions", ApiJson.Default.IReadOnlyListExceptionRow, ct);
        }
        catch (CommandFailedException e) when (e.ExitCode == ExitCode.Unavailable)
        {
            await context.Error.WriteLineAsync("No gateway runs here: uses are not known, and what is shown is the configuration.");
        }

        GatewayOptions options = context.Load(parsed);
        return HostSettings.TryRules(options, out RulePolicy rules, out IReadOnlyList<string> errors)
            && PolicySettings.TryMake(options, rules, TimeProvider.System, out PolicyTable table, out errors)
            ? ExceptionRow.Of(table, ledger: null, TimeProvider.System.GetUtcNow())
            : throw new CommandFailedException(ExitCode.Configuration, string.Join('\n', errors));
    }
}
