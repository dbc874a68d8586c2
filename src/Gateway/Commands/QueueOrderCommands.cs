using System.CommandLine;
using System.Globalization;
using Gateway.Api;
using Gateway.Relay.Delivery;

namespace Gateway.Commands;

/// <summary><c>gateway queue hold | resume | retry | remove | move | bounce</c>: orders for ids, for what fits filters, or for all.</summary>
internal static class QueueOrderCommands
{
    public static Command Create(CommandContext context, QueueOrder order, string description)
    {
        string name = order.ToString().ToLowerInvariant();
        Argument<string[]> ids = new("id") { Description = "Queue ids", Arity = ArgumentArity.ZeroOrMore };
        Option<bool> all = new("--all") { Description = "The whole queue" };
        Option<bool> dry = new("--dry-run") { Description = "Only show what would be done" };
        Option<string?> note = new("--note")
        {
            Description = order == QueueOrder.Bounce ? "Why; recorded with your name, and told to the senders" : "Why; recorded with your name, and shown with what is on hold",
            Required = order == QueueOrder.Bounce,
        };
        Option<string?> route = new("--to-route")
        {
            Description = $"The route: a domain as configured, 'default', 'bounces', or '{QueueApi.OfDomain}' for that of each recipient's domain",
            Required = true,
            HelpName = "ROUTE",
        };
        QueueFilterOptions filters = new();
        Command command = filters.AddTo(new(name, description) { ids, all, dry, note });
        if (order == QueueOrder.Move)
        {
            command.Add(route);
        }

        command.SetAction(async (parsed, ct) =>
        {
            IReadOnlyList<QueueFilter> meant = filters.Read(parsed, parsed.GetValue(ids) ?? [], parsed.GetValue(all));
            using ManagementClient client = ManagementClient.Open(context.Load(parsed).DataDirectory);
            bool isDry = parsed.GetValue(dry);
            int count = 0;
            foreach (QueueFilter filter in meant)
            {
                string path = $"api/queue/orders/{name}" + QueueQuery.Format(
                    filter, (isDry ? "dryRun=true" : "dryRun=false") + (order == QueueOrder.Move ? $"&toRoute={Uri.EscapeDataString(parsed.GetValue(route)!)}" : string.Empty));
                QueueOrderOutcome outcome = await client.OrderAsync(path, parsed.GetValue(note) ?? string.Empty, ApiJson.Default.QueueOrderOutcome, ct);
                if (filter.Id is not null && outcome.Count == 0)
                {
                    throw new CommandFailedException(ExitCode.NotFound, $"No message '{filter.Id}' in the queue that can be {Past(order)}.");
                }

                count += outcome.Count;
                foreach (QueueEntry entry in outcome.Sample)
                {
                    context.Output.WriteLine(
                        $"{(isDry ? $"would {name}" : Past(order))} {entry.Id} from {Format.Path(entry.Sender)} to {Format.Recipients(entry.Recipients)}");
                }

                if (outcome.Count > outcome.Sample.Count)
                {
                    context.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"... and {outcome.Count - outcome.Sample.Count} more"));
                }
            }

            context.Output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{count} message{(count == 1 ? string.Empty : "s")} {(isDry ? "would be " : string.Empty)}{Past(order)}"));
            return ExitCode.Ok;
        });
        return command;
    }

    private static string Past(QueueOrder order) => order switch
    {
        QueueOrder.Hold => "put on hold",
        QueueOrder.Resume => "resumed",
        QueueOrder.Retry => "tried now",
        QueueOrder.Move => "moved",
        QueueOrder.Bounce => "returned",
        _ => "removed",
    };
}
