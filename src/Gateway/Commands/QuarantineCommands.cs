using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.Api;
using Gateway.Relay;
using Gateway.Relay.Quarantine;

namespace Gateway.Commands;

/// <summary><c>gateway quarantine ...</c>: review of held mail.</summary>
internal static class QuarantineCommands
{
    public static Command Create(CommandContext context) => new("quarantine", "Review held mail: why it is held, release it or discard it.")
    {
        List(context), Show(context), Release(context), Discard(context), Export(context), QuarantineStatsCommand.Create(context),
    };

    private static Command List(CommandContext context)
    {
        Option<OutputFormat> format = CommandContext.FormatOption();
        Option<string> state = new("--state") { Description = "held, releasing, released, discarded or all", DefaultValueFactory = _ => "held" };
        (string Key, Option<string?> Option)[] filters =
        [
            ("rule", new Option<string?>("--rule") { Description = "Only mail that this rule found something in" }),
            ("sender", new Option<string?>("--from") { Description = "Only this envelope sender" }),
            ("recipient", new Option<string?>("--to") { Description = "Only this envelope recipient" }),
            ("client", new Option<string?>("--client") { Description = "Only this client address" }),
            ("after", new Option<string?>("--after") { Description = "Only what stands behind this cursor (json: cursor of the last row of the page before)" }),
            ("text", new Option<string?>("--search") { Description = "Words in subject, addresses, rules, Message-ID" }),
        ];
        Option<int> limit = new("--limit", "-n") { Description = "Rows at the most", DefaultValueFactory = _ => 50 };
        Command command = new("list", "List held mail, newest first.") { format, state, limit };
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

            using ManagementClient client = ManagementClient.Open(context.Load(parsed).DataDirectory);
            IReadOnlyList<QuarantineSummary> rows =
                await client.GetAsync(path.ToString(), ApiJson.Default.IReadOnlyListQuarantineSummary, ct);
            Print(context, rows, parsed.GetValue(format));
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Print(CommandContext context, IReadOnlyList<QuarantineSummary> rows, OutputFormat format)
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
                row.Id, Format.Time(row.ReceivedAt), row.State.ToString().ToLowerInvariant(), row.WorstRule,
                row.FindingCount.ToString(CultureInfo.InvariantCulture), Format.Size(row.Size), Format.Path(row.Sender), to,
                Relay.Telemetry.LogText.Escape(row.Subject, 60));
        }

        table.Write(context.Output);
        context.Output.WriteLine(rows.Count == 0 ? "Nothing is held." : string.Create(CultureInfo.InvariantCulture, $"{rows.Count} messages"));
    }

    private static Command Show(CommandContext context)
    {
        Option<OutputFormat> format = CommandContext.FormatOption();
        Argument<string> id = new("id") { Description = "Quarantine id" };
        Command command = new("show", "Show why a message is held: every finding with its octets.") { id, format };
        command.SetAction(async (parsed, ct) =>
        {
            using ManagementClient client = ManagementClient.Open(context.Load(parsed).DataDirectory);
            QuarantineDetail detail = await client.GetAsync(Path(parsed.GetValue(id)!), ApiJson.Default.QuarantineDetail, ct);
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

    private static Command Release(CommandContext context) => Decision(
        context, "release", "Deliver held mail as it was received.", (id, result) => $"{id} is released and travels as {result.ReleaseId}");

    private static Command Discard(CommandContext context) => Decision(
        context, "discard", "Delete the body of held mail; the record and the decision stay.", (id, _) => $"{id} is discarded");

    private static Command Decision(CommandContext context, string name, string description, Func<string, OrderResult, string> said)
    {
        Argument<string[]> ids = new("id") { Description = "Quarantine ids", Arity = ArgumentArity.OneOrMore };
        Option<string> reason = new("--reason", "-r") { Description = "Why; recorded with your name", Required = true };
        Option<bool> dry = new("--dry-run") { Description = "Only show what would be done" };
        Command command = new(name, description) { ids, reason, dry };
        command.SetAction(async (parsed, ct) =>
        {
            using ManagementClient client = ManagementClient.Open(context.Load(parsed).DataDirectory);
            foreach (string id in parsed.GetValue(ids)!)
            {
                if (parsed.GetValue(dry))
                {
                    QuarantineDetail detail = await client.GetAsync(Path(id), ApiJson.Default.QuarantineDetail, ct);
                    context.Output.WriteLine($"would {name} {detail.Entry.Id} ({detail.Entry.State}) from {Format.Path(detail.Entry.Sender)} to {Format.Recipients(detail.Entry.Recipients)}");
                    continue;
                }

                OrderResult result = await client.OrderAsync($"{Path(id)}/{name}", parsed.GetValue(reason)!, ct);
                context.Output.WriteLine(said(id, result));
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Export(CommandContext context)
    {
        Argument<string[]> ids = new("id") { Description = "Quarantine ids", Arity = ArgumentArity.OneOrMore };
        Option<DirectoryInfo> target = new("--to") { Description = "Directory to write into", DefaultValueFactory = _ => new DirectoryInfo(".") };
        Command command = new("export", "Write held mail as <id>.eml with its findings as <id>.json. Handle with care: the .eml is hostile.") { ids, target };
        command.SetAction(async (parsed, ct) =>
        {
            using ManagementClient client = ManagementClient.Open(context.Load(parsed).DataDirectory);
            DirectoryInfo directory = parsed.GetValue(target)!;
            directory.Create();
            foreach (string given in parsed.GetValue(ids)!)
            {
                // The name is made from the parsed id, never from what was typed.
                if (!MessageId.TryParse(given, out MessageId id))
                {
                    throw new CommandFailedException(ExitCode.Usage, $"'{Relay.Telemetry.LogText.Escape(given, 40)}' is no quarantine id.");
                }

                QuarantineDetail detail = await client.GetAsync(Path(given), ApiJson.Default.QuarantineDetail, ct);
                string json = System.IO.Path.Combine(directory.FullName, $"{id}.json");
                await using (FileStream file = CreatePrivate(json))
                {
                    await JsonSerializer.SerializeAsync(file, detail, ApiJson.Default.QuarantineDetail, ct);
                }

                string eml = System.IO.Path.Combine(directory.FullName, $"{id}.eml");
                await using Stream body = await client.OpenAsync($"{Path(given)}/message", ct);
                await using FileStream mail = CreatePrivate(eml);
                await body.CopyToAsync(mail, ct);
                context.Output.WriteLine($"{eml}\n{json}");
            }

            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>Someone's mail: only the user who exports it reads it, whatever the umask. A file or link of that name is replaced, not followed.</summary>
    private static FileStream CreatePrivate(string path)
    {
        File.Delete(path);
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }

    private static string Path(string id) => $"api/quarantine/{Uri.EscapeDataString(id)}";
}
