using System.CommandLine;
using System.Globalization;
using Gateway.Api;
using Gateway.Configuration;
using Gateway.Relay.Delivery;

namespace Gateway.Commands;

/// <summary><c>gateway queue hold | resume | retry | remove | move | bounce</c>: orders for ids, for what fits filters, or for all.</summary>
internal static class QueueOrderCommands
{
    public static Command Create(CommandContext context, QueueOrder order, string description)
    {
        string name = ClosedSet<QueueOrder>.NameOf(order);
        Argument<string[]> ids = new("id") { Description = "Queue ids", Arity = ArgumentArity.ZeroOrMore };
        Option<bool> all = new("--all") { Description = "The whole queue" };
        Option<bool> dry = new("--dry-run") { Description = "Only show what would be done" };
        Option<string?> note = new("--note")
        {
            Description = order switch
            {
                QueueOrder.Remove => "Why; recorded with your name. Needed, but for --dry-run",
                QueueOrder.Bounce => "Why; recorded with your name, and told to the senders",
                _ => "Why; recorded with your name, and shown with what is on hold",
            },
            Required = order == QueueOrder.Bounce,
        };
        Option<string?> route = new("--to-route")
        {
            Description = $"The route: a domain as configured, 'default', 'bounces', or '{QueueApi.OfDomain}' for that of each recipient's domain",
            Required = true,
            HelpName = "ROUTE",
        };
        Option<bool> now = new("--now") { Description = "For good: not into the quarantine for a day first" };
        QueueFilterOptions filters = new();
        Command command = filters.AddTo(new(name, description) { ids, all, dry, note });
        if (order == QueueOrder.Remove)
        {
            command.Add(now);
        }
        else if (order == QueueOrder.Move)
        {
            command.Add(route);
        }

        command.SetAction(async (parsed, ct) =>
        {
            bool isDry = parsed.GetValue(dry);
            string reason = parsed.GetValue(note) ?? string.Empty;
            if (order == QueueOrder.Remove && !isDry && string.IsNullOrWhiteSpace(reason))
            {
                throw new CommandFailedException(ExitCode.Usage, "Why? --note 'the reason'; it is recorded with your name. Or --dry-run.");
            }

            bool forGood = order == QueueOrder.Remove && parsed.GetValue(now);
            IReadOnlyList<QueueFilter> meant = filters.Read(parsed, parsed.GetValue(ids) ?? [], parsed.GetValue(all));
            using ManagementClient client = ManagementClient.Open(context, parsed);
            Run run = new(context, order, isDry, forGood, order == QueueOrder.Move ? parsed.GetValue(route) : null);
            return await run.OverAsync(meant, filter => client.OrderAsync(run.PathOf(filter), reason, ApiJson.Default.QueueOrderOutcome, ct));
        });
        return command;
    }

    /// <summary>One command over all that it names.</summary>
    private sealed class Run(CommandContext context, QueueOrder order, bool isDry, bool forGood, string? route)
    {
        private readonly string _name = ClosedSet<QueueOrder>.NameOf(order);
        private int _count;
        private int _underWay;
        private int _gone;
        private int _failed;

        private string Past => order switch
        {
            QueueOrder.Hold => "put on hold",
            QueueOrder.Resume => "resumed",
            QueueOrder.Retry => "tried now",
            QueueOrder.Move => "moved",
            QueueOrder.Bounce => "returned",
            _ => "removed",
        };

        public string PathOf(QueueFilter filter) => $"api/queue/orders/{_name}" + QueueQuery.FormatForOrder(
            filter,
            [isDry ? "dryRun=true" : "dryRun=false", .. forGood ? ["now=true"] : (string[])[], .. route is null ? [] : (string[])[$"toRoute={Uri.EscapeDataString(route)}"]]);

        public async Task<int> OverAsync(IReadOnlyList<QueueFilter> meant, Func<QueueFilter, Task<QueueOrderOutcome>> give)
        {
            ManyMessages many = new(context);
            await many.RunAsync(meant, async filter =>
            {
                QueueOrderOutcome outcome = await give(filter);
                if (filter.Id is not null && outcome.Asked == outcome.Gone)
                {
                    throw new CommandFailedException(ExitCode.NotFound, $"No message '{filter.Id}' in the queue that can be {Past}.");
                }

                Show(outcome);
                foreach (QueueOrderFailure failure in outcome.Failures)
                {
                    many.Fail(ExitCode.Unavailable, $"{failure.Id}: not {Past}: {failure.Reason}");
                }
            });
            return many.Finish(Summary());
        }

        private void Show(QueueOrderOutcome outcome)
        {
            _count += outcome.Count;
            _underWay += outcome.UnderWay;
            _gone += outcome.Gone;
            _failed += outcome.Failed;
            foreach (QueueEntry entry in outcome.Sample)
            {
                context.Output.WriteLine(
                    $"{(isDry ? $"would {_name}" : Past)} {entry.Id} from {Format.Path(entry.Sender)} to {Format.Recipients(entry.Recipients)}");
            }

            if (outcome.Count > outcome.Sample.Count)
            {
                context.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"... and {outcome.Count - outcome.Sample.Count} more"));
            }
        }

        private string Summary()
        {
            string text = $"{ManyMessages.Messages(_count)} {(isDry ? "would be " : string.Empty)}{Past}";
            text += order == QueueOrder.Remove && !isDry && !forGood && _count > 0 ? "; for a day: gateway quarantine list --rule queue-removed" : string.Empty;
            return text + Part(_underWay, "under way, ending as they would") + Part(_gone, "had gone meanwhile") + Part(_failed, "failed");
        }

        private static string Part(int count, string what) => count == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"; {count} {what}");
    }
}
