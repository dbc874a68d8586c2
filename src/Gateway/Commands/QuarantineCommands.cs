using System.CommandLine;
using System.Globalization;
using System.Text;
using Gateway.Api;
using Gateway.Relay.Quarantine;
using Gateway.Relay.Telemetry;

namespace Gateway.Commands;

/// <summary><c>gateway quarantine ...</c>: review of quarantined mail.</summary>
internal static class QuarantineCommands
{
    public static Command Create(CommandContext context) => new("quarantine", "Review quarantined mail: why it is quarantined, release it or discard it.")
    {
        List(context), Show(context), QuarantineDecisionCommands.Release(context), QuarantineDecisionCommands.Discard(context), QuarantineExportCommand.Create(context), QuarantineStatsCommand.Create(context),
    };

    private static Command List(CommandContext context)
    {
        Option<OutputFormat> format = CommandContext.FormatOption();
        string usual = MemberName.Of(QuarantineState.Quarantined);
        Option<string> state = new("--state") { Description = "quarantined, releasing, released, discarded or all", DefaultValueFactory = _ => usual };
        (string Key, Option<string?> Option)[] filters =
        [
            ("rule", new Option<string?>("--rule") { Description = "Only mail that this rule found something in" }),
            ("sender", new Option<string?>("--from") { Description = "The sender: a whole address; '<>' for the null sender" }),
            ("recipient", new Option<string?>("--to") { Description = "A recipient: a whole address" }),
            ("client", new Option<string?>("--client") { Description = "Only this client address" }),
            ("since", new Option<string?>("--since") { Description = "Only mail received at or after this date or time, such as 2027-03-31 (UTC)" }),
            ("until", new Option<string?>("--until") { Description = "Only mail received before this date or time" }),
            ("after", new Option<string?>("--after") { Description = "Only what stands behind this cursor (json: cursor of the last row of the page before)" }),
            ("text", new Option<string?>("--search") { Description = "Words in subject, addresses, rules, Message-ID" }),
        ];
        Option<int> limit = new("--limit", "-n") { Description = "Rows at the most", DefaultValueFactory = _ => 50 };
        Command command = new("list", "List quarantined mail, newest first.") { format, state, limit };
        foreach ((_, Option<string?> option) in filters)
        {
            command.Add(option);
        }

        command.SetAction(async (parsed, ct) =>
        {
            StringBuilder path = new(string.Create(CultureInfo.InvariantCulture, $"api/quarantine?limit={parsed.GetValue(limit)}"));
            if (!string.Equals(parsed.GetValue(state), "all", StringComparison.OrdinalIgnoreCase))
            {
                path.Append("&state=").Append(Uri.EscapeDataString(parsed.GetValue(state)!));
            }

            foreach ((string key, Option<string?> option) in filters)
            {
                if (parsed.GetValue(option) is string value)
                {
                    path.Append('&').Append(key).Append('=').Append(Uri.EscapeDataString(value));
                }
            }

            using ManagementClient client = ManagementClient.Open(context, parsed);
            (IReadOnlyList<QuarantineSummary> rows, long total) = await client.GetListAsync(path.ToString(), ApiJson.Default.IReadOnlyListQuarantineSummary, ct);
            bool isFiltered = parsed.GetValue(state) != usual || filters.Any(f => parsed.GetValue(f.Option) is not null);
            Print(context, rows, total, parsed.GetValue(format), isFiltered ? "No entry fits." : "Nothing is quarantined.");
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Print(CommandContext context, IReadOnlyList<QuarantineSummary> rows, long total, OutputFormat format, string none)
    {
        if (format == OutputFormat.Json)
        {
            foreach (QuarantineSummary row in rows)
            {
                context.PrintJson(row, ApiJson.Default.QuarantineSummary);
            }

            return;
        }

        TextTable table = new("ID", "RECEIVED", "STATE", "RULE", "FINDINGS", "SIZE", "FROM", "TO", "SUBJECT");
        foreach (QuarantineSummary row in rows)
        {
            string to = row.RecipientCount > 1
                ? string.Create(CultureInfo.InvariantCulture, $"{Format.Path(row.FirstRecipient)} (+{row.RecipientCount - 1})")
                : Format.Path(row.FirstRecipient);
            table.Add(
                row.Id, Format.Time(row.ReceivedAt), MemberName.Of(row.State), row.WorstRule,
                row.FindingCount.ToString(CultureInfo.InvariantCulture), Format.Size(row.Size), Format.Path(row.Sender), to,
                LogText.Escape(row.Subject, 60));
        }

        table.Write(context.Output);
        context.Output.WriteLine(rows.Count == 0 ? none : Format.Count(rows.Count, total));
    }

    private static Command Show(CommandContext context)
    {
        Option<OutputFormat> format = CommandContext.FormatOption();
        Argument<string> id = new("id") { Description = "Quarantine id" };
        Option<bool> session = new("--session") { Description = "Also the rest of its session, with the envelopes of other messages" };
        Command command = new("show", "Show why a message is quarantined: every finding with its octets, and its transaction.") { id, session, format };
        command.SetAction(async (parsed, ct) =>
        {
            using ManagementClient client = ManagementClient.Open(context, parsed);
            QuarantineDetail detail = await client.GetAsync(Path(parsed.GetValue(id)!) + (parsed.GetValue(session) ? "?session=true" : string.Empty), ApiJson.Default.QuarantineDetail, ct);
            if (parsed.GetValue(format) == OutputFormat.Json)
            {
                context.PrintJson(detail, ApiJson.Default.QuarantineDetail);
            }
            else
            {
                EvidenceText.Write(context.Output, detail);
            }

            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>Where an entry is in the management interface.</summary>
    internal static string Path(string id) => $"api/quarantine/{Uri.EscapeDataString(id)}";
}
