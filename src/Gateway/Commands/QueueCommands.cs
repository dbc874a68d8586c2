using System.CommandLine;
using System.Globalization;
using Gateway.Api;
using Gateway.Relay.Delivery;
using Gateway.Relay.Message;
using Gateway.Relay.Telemetry;

namespace Gateway.Commands;

/// <summary><c>gateway queue ...</c>: mail that waits to leave a running gateway.</summary>
internal static class QueueCommands
{
    public static Command Create(CommandContext context) => new("queue", "See and move mail that waits for delivery.")
    {
        List(context), Show(context), Summary(context),
        QueueOrderCommands.Create(context, QueueOrder.Hold, "Keep queued mail until it is resumed; what is under way ends as it would."),
        QueueOrderCommands.Create(context, QueueOrder.Resume, "Let mail on hold go on."),
        QueueOrderCommands.Create(context, QueueOrder.Retry, "Try deferred mail now, also when its hosts are down."),
        QueueOrderCommands.Create(
            context, QueueOrder.Remove,
            "Take mail out of the queue without telling its sender; for a day it lies in the quarantine and can be released. What is under way ends as it would, and that was its last try."),
        QueueOrderCommands.Create(context, QueueOrder.Move, "Send queued mail another way than its domain's, also after restarts and reloads."),
        QueueOrderCommands.Create(context, QueueOrder.Bounce, "Return queued mail to its senders now."),
        QueueExportCommand.Create(context), QueueImportCommand.Create(context),
    };

    private static Command List(CommandContext context)
    {
        Option<OutputFormat> format = CommandContext.FormatOption();
        Option<int> limit = new("--limit", "-n") { Description = "Rows at the most", DefaultValueFactory = _ => 100 };
        QueueFilterOptions filters = new();
        Command command = filters.AddTo(new("list", "List the queue, oldest first.") { format, limit });
        command.SetAction(async (parsed, ct) =>
        {
            using ManagementClient client = ManagementClient.Open(context, parsed);
            string path = "api/queue" + QueueQuery.Format(
                filters.Read(parsed), string.Create(CultureInfo.InvariantCulture, $"limit={parsed.GetValue(limit)}"));
            (IReadOnlyList<QueueEntry> entries, long total) = await client.GetListAsync(path, ApiJson.Default.IReadOnlyListQueueEntry, ct);
            if (parsed.GetValue(format) == OutputFormat.Json)
            {
                foreach (QueueEntry entry in entries)
                {
                    context.PrintJson(entry, ApiJson.Default.QueueEntry);
                }

                return ExitCode.Ok;
            }

            TextTable table = new("ID", "STATE", "RECEIVED", "SIZE", "FROM", "TO", "TRIES", "NEXT TRY", "REASON");
            foreach (QueueEntry e in entries)
            {
                table.Add(
                    e.Id, MemberName.Of(e.State), Format.Time(e.ReceivedAt), Format.Size(e.Size), Format.Path(e.Sender),
                    Format.Recipients(e.Recipients), e.Attempts.ToString(CultureInfo.InvariantCulture),
                    Next(e), Why(e));
            }

            table.Write(context.Output);
            context.Output.WriteLine(entries.Count == 0 ? filters.Read(parsed).IsAll ? "The queue is empty." : "No message fits." : Format.Count(entries.Count, total));
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
            using ManagementClient client = ManagementClient.Open(context, parsed);
            QueueEntry entry = await client.GetAsync($"api/queue/{Uri.EscapeDataString(parsed.GetValue(id)!)}", ApiJson.Default.QueueEntry, ct);
            if (parsed.GetValue(format) == OutputFormat.Json)
            {
                context.PrintJson(entry, ApiJson.Default.QueueEntry);
                return ExitCode.Ok;
            }

            TextTable table = new("KEY", "VALUE");
            table.Add("id", entry.Id);
            table.Add("state", MemberName.Of(entry.State));
            table.Add("received", Format.Time(entry.ReceivedAt));
            table.Add("size", Format.Size(entry.Size));
            table.Add("from", Format.Path(entry.Sender));
            table.Add("route", entry.Route);
            table.Add("tries", entry.Attempts.ToString(CultureInfo.InvariantCulture));
            table.Add("next try", Next(entry));
            table.Add("last answer", entry.LastReply);
            if (entry.Line.Length > 0)
            {
                table.Add("its line waits", entry.Line);
            }

            table.Add("lane", entry.IsSuspect ? "suspect" : "clean");
            if (entry.Hold.Length > 0)
            {
                table.Add("on hold", entry.Hold);
            }

            foreach (string recipient in entry.Recipients)
            {
                table.Add("to", Format.Path(recipient));
            }

            foreach (string attempt in entry.Journal)
            {
                table.Add("attempt", attempt);
            }

            table.Write(context.Output);
            return ExitCode.Ok;
        });
        return command;
    }

    private static string Next(QueueEntry entry) =>
        entry.State == RelayState.OnHold ? "on hold" : entry.LineNext.Length > 0 ? entry.LineNext : entry.Due is DateTimeOffset due ? Format.Time(due) : "now";

    /// <summary>Why it is still here: on hold, or its line waits, or what was said to it.</summary>
    private static string Why(QueueEntry entry) => entry.Hold.Length > 0 ? entry.Hold : entry.Line.Length > 0 ? entry.Line : entry.LastReply;

    private static Command Summary(CommandContext context)
    {
        Option<OutputFormat> format = CommandContext.FormatOption();
        QueueFilterOptions filters = new();
        Command command = filters.AddTo(new("summary", "Count the queue by destination, state and reason, with ages.") { format });
        command.SetAction(async (parsed, ct) =>
        {
            using ManagementClient client = ManagementClient.Open(context, parsed);
            IReadOnlyList<QueueGroup> groups = await client.GetAsync(
                "api/queue/summary" + QueueQuery.Format(filters.Read(parsed)), ApiJson.Default.IReadOnlyListQueueGroup, ct);
            if (parsed.GetValue(format) == OutputFormat.Json)
            {
                foreach (QueueGroup group in groups)
                {
                    context.PrintJson(group, ApiJson.Default.QueueGroup);
                }

                return ExitCode.Ok;
            }

            TextTable table = new("ROUTE", "STATE", "MESSAGES", "SIZE", "<5m", "<1h", "<6h", "<1d", "OLDER", "OLDEST", "REASON");
            foreach (QueueGroup g in groups)
            {
                table.Add(
                    [
                        g.Route, MemberName.Of(g.State), g.Count.ToString(CultureInfo.InvariantCulture), Format.Size(g.Octets),
                        .. g.Ages.Select(a => a.ToString(CultureInfo.InvariantCulture)), Format.Time(g.Oldest), g.Reason,
                    ]);
            }

            table.Write(context.Output);
            context.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{groups.Sum(g => (long)g.Count)} messages"));
            return ExitCode.Ok;
        });
        return command;
    }
}
