using System.CommandLine;
using Gateway.Api;

namespace Gateway.Commands;

/// <summary><c>gateway quarantine release | discard</c>: what a reviewer decides about quarantined mail.</summary>
internal static class QuarantineDecisionCommands
{
    public static Command Release(CommandContext context) => Create(
        context, "release", "Deliver quarantined mail as it was received; once released, again to the recipients that were refused it.",
        (id, result) => $"{id} is released and travels as {result.ReleaseId}");

    public static Command Discard(CommandContext context) => Create(
        context, "discard", "Delete the body of quarantined mail; the record and the decision stay.", (id, _) => $"{id} is discarded");

    private static Command Create(CommandContext context, string name, string description, Func<string, OrderResult, string> said)
    {
        Argument<string[]> ids = new("id") { Description = "Quarantine ids", Arity = ArgumentArity.OneOrMore };
        Option<string> note = new("--note", FormerWords.Reason, "-r") { Description = "Why; recorded with your name", Required = true };
        Option<bool> dry = new("--dry-run") { Description = "Only show what would be done" };
        Command command = new(name, description) { ids, note, dry };
        command.SetAction(async (parsed, ct) =>
        {
            using ManagementClient client = ManagementClient.Open(context, parsed);
            ManyMessages many = new(context);
            await many.RunAsync(parsed.GetValue(ids)!, async id =>
            {
                if (parsed.GetValue(dry))
                {
                    QuarantineDetail detail = await client.GetAsync(QuarantineCommands.Path(id), ApiJson.Default.QuarantineDetail, ct);
                    context.Output.WriteLine($"would {name} {detail.Entry.Id} ({Relay.Telemetry.MemberName.Of(detail.Entry.State)}) from {Format.Path(detail.Entry.Sender)} to {Format.Recipients(detail.Entry.Recipients)}");
                    return;
                }

                OrderResult result = await client.OrderAsync($"{QuarantineCommands.Path(id)}/{name}", parsed.GetValue(note)!, ct);
                context.Output.WriteLine(said(id, result));
            });
            return many.Finish(string.Empty);
        });
        return command;
    }
}
