using System.CommandLine;
using System.Globalization;
using Gateway.Api;
using Gateway.Relay.Delivery;

namespace Gateway.Commands;

/// <summary><c>gateway queue ...</c>: mail that waits to leave a running gateway.</summary>
internal static class QueueCommands
{
    public static Command Create(CommandContext context) => new("queue", "See and move mail that waits for delivery.")
    {
        List(context), Show(context), Retry(context), Remove(context),
    };

    private static Command List(CommandContext context)
    {
        Option<OutputFormat> format = CommandContext.FormatOption();
        Option<int> limit = new("--limit", "-n") { Description = "Rows at the most", DefaultValueFactory = _ => 100 };
        Command command = new("list", "List the queue, oldest first.") { format, limit };
        command.SetAction(async (parsed, ct) =>
        {
            using ManagementClient client = ManagementClient.Open(context.Load(parsed).DataDirectory);
            string path = string.Create(CultureInfo.InvariantCulture, $"api/queue?limit={parsed.GetValue(limit)}");
            IReadOnlyList<QueueEntry> entries = await client.GetAsync(path, ApiJson.Default.IReadOnlyListQueueEntry, ct);
            if (parsed.GetValue(format) == OutputFormat.Json)
            {
                foreach (QueueEntry entry in entries)
                {
                    context.PrintJson(entry, ApiJson.Default.QueueEntry);
                }

                return ExitCode.Ok;
            }

            TextTable table = new("ID", "STATE", "RECEIVED", "SIZE", "FROM", "TO", "TRIES", "NEXT TRY", "LAST ANSWER");
            foreach (QueueEntry e in entries)
            {
                table.Add(
                    e.Id, e.State.ToString().ToLowerInvariant(), Format.Time(e.ReceivedAt), Format.Size(e.Size), Format.Path(e.Sender),
                    Format.Recipients(e.Recipients), e.Attempts.ToString(CultureInfo.InvariantCulture),
                    e.Due is DateTimeOffset due ? Format.Time(due) : "now", e.LastReply);
            }

            table.Write(context.Output);
            context.Output.WriteLine(entries.Count == 0 ? "The queue is empty." : string.Create(CultureInfo.InvariantCulture, $"{entries.Count} messages"));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Show(CommandContext context)
    {
        Option<OutputFormat> format = CommandContext.FormatOption();
        Argument<string> id = new("id") { Description = "Queue id" };
        Command command = new("show", "Show one queued message.") { id, format };
        command.SetAction(async (parsed, ct) =>
        {
            using ManagementClient client = ManagementClient.Open(context.Load(parsed).DataDirectory);
            QueueEntry entry = await client.GetAsync($"api/queue/{Uri.EscapeDataString(parsed.GetValue(id)!)}", ApiJson.Default.QueueEntry, ct);
            if (parsed.GetValue(format) == OutputFormat.Json)
            {
                context.PrintJson(entry, ApiJson.Default.QueueEntry);
                return ExitCode.Ok;
            }

            TextTable table = new("KEY", "VALUE");
            table.Add("id", entry.Id);
            table.Add("state", entry.State.ToString().ToLowerInvariant());
            table.Add("received", Format.Time(entry.ReceivedAt));
            table.Add("size", Format.Size(entry.Size));
            table.Add("from", Format.Path(entry.Sender));
            table.Add("route", entry.Route);
            table.Add("tries", entry.Attempts.ToString(CultureInfo.InvariantCulture));
            table.Add("next try", entry.Due is DateTimeOffset due ? Format.Time(due) : "now");
            table.Add("last answer", entry.LastReply);
            foreach (string recipient in entry.Recipients)
            {
                table.Add("to", Format.Path(recipient));
            }

            table.Write(context.Output);
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Retry(CommandContext context)
    {
        Argument<string?> id = new("id") { Description = "Queue id", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> all = new("--all") { Description = "All deferred messages" };
        Command command = new("retry", "Try deferred mail now.") { id, all };
        command.SetAction(async (parsed, ct) =>
        {
            string? one = parsed.GetValue(id);
            if ((one is null) != parsed.GetValue(all))
            {
                throw new CommandFailedException(ExitCode.Usage, "Name one id, or --all.");
            }

            using ManagementClient client = ManagementClient.Open(context.Load(parsed).DataDirectory);
            string path = one is null ? "api/queue/retry" : $"api/queue/{Uri.EscapeDataString(one)}/retry";
            OrderResult result = await client.OrderAsync(path, string.Empty, ct);
            context.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.Count} messages are tried now."));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Remove(CommandContext context)
    {
        Argument<string[]> ids = new("id") { Description = "Queue ids", Arity = ArgumentArity.OneOrMore };
        Option<bool> dry = new("--dry-run") { Description = "Only show what would be removed" };
        Command command = new("remove", "Remove queued mail for good, without telling its sender.") { ids, dry };
        command.SetAction(async (parsed, ct) =>
        {
            using ManagementClient client = ManagementClient.Open(context.Load(parsed).DataDirectory);
            foreach (string id in parsed.GetValue(ids)!)
            {
                string path = $"api/queue/{Uri.EscapeDataString(id)}";
                QueueEntry entry = await client.GetAsync(path, ApiJson.Default.QueueEntry, ct);
                if (!parsed.GetValue(dry))
                {
                    await client.OrderAsync($"{path}/remove", string.Empty, ct);
                }

                string verb = parsed.GetValue(dry) ? "would remove" : "removed";
                context.Output.WriteLine($"{verb} {entry.Id} from {Format.Path(entry.Sender)} to {Format.Recipients(entry.Recipients)}");
            }

            return ExitCode.Ok;
        });
        return command;
    }
}
