using System.CommandLine;
using System.Globalization;
using Gateway.Api;
using Gateway.Configuration;
using Gateway.Relay.Blocks;

namespace Gateway.Commands;

/// <summary><c>gateway block add | list | remove</c>: stops some mail now, for some time.</summary>
internal static class BlockCommands
{
    public static Command Create(CommandContext context) => new("block", "Stop mail by client, sender, recipient, header or fingerprint, at once and for some time.")
    {
        Add(context), List(context), Remove(context),
    };

    private static Command Add(CommandContext context)
    {
        Option<string?>[] kinds =
        [
            Kind(BlockKind.Client, "An address or network, such as 192.0.2.0/24"),
            Kind(BlockKind.Sender, "The envelope's sender: an address, a domain, '*.domain', or '<>'"),
            Kind(BlockKind.Recipient, "An envelope recipient, in the same forms"),
            Kind(BlockKind.Fingerprint, "The fingerprint that 'gateway quarantine show' tells"),
            Kind(BlockKind.Header, "'Field: text': the text anywhere in that field of the message's header"),
        ];
        Option<BlockAction> action = ClosedOption.Of(BlocksApi.Actions, BlockAction.Reject, "What becomes of the mail", "--action", "-a");
        Option<string> expires = new("--expires") { Description = $"When it ends by itself: 2h, 3d, or '{BlocksApi.Never}'", DefaultValueFactory = _ => "1d" };
        Option<string> note = new("--note", FormerWords.Reason, "-r") { Description = "Why; recorded with your name, not told to clients", Required = true };
        Command command = new("add", "Stop some mail.") { action, expires, note };
        foreach (Option<string?> kind in kinds)
        {
            command.Add(kind);
        }

        command.SetAction(async (parsed, ct) =>
        {
            Option<string?>[] given = [.. kinds.Where(k => parsed.GetValue(k) is not null)];
            if (given is not [Option<string?> kind])
            {
                throw new CommandFailedException(ExitCode.Usage, $"One of {string.Join(", ", kinds.Select(k => k.Name))} says which mail; two blocks are two commands.");
            }

            string path = $"api/blocks?{kind.Name[2..]}={Uri.EscapeDataString(parsed.GetValue(kind)!)}&action={ClosedSet<BlockAction>.NameOf(parsed.GetValue(action))}"
                + $"&expires={Uri.EscapeDataString(parsed.GetValue(expires)!)}";
            using ManagementClient client = ManagementClient.Open(context, parsed);
            BlockRow row = await client.OrderAsync(path, parsed.GetValue(note)!, ApiJson.Default.BlockRow, ct);
            context.Output.WriteLine($"{row.Id}: {row.Kind} {row.Value}, {row.Action}, {End(row)}");
            return ExitCode.Ok;
        });
        return command;

        static Option<string?> Kind(BlockKind kind, string description) => new($"--{ClosedSet<BlockKind>.NameOf(kind)}") { Description = description };
    }

    private static Command List(CommandContext context)
    {
        Option<OutputFormat> format = CommandContext.FormatOption();
        Command command = new("list", "List the blocks in force with what they stopped since the start of the gateway.") { format };
        command.SetAction(async (parsed, ct) =>
        {
            using ManagementClient client = ManagementClient.Open(context, parsed);
            IReadOnlyList<BlockRow> rows = await client.GetAsync("api/blocks", ApiJson.Default.IReadOnlyListBlockRow, ct);
            TextTable table = new(
                new TextColumn("ID"), new TextColumn("KIND"), new TextColumn("VALUE", Widest: 60), new TextColumn("ACTION"), new TextColumn("ENDS"), new TextColumn("STOPPED"),
                new TextColumn("LAST"), new TextColumn("BY", Widest: 24), new TextColumn("REASON", Widest: 60));
            foreach (BlockRow row in rows)
            {
                if (parsed.GetValue(format) == OutputFormat.Json)
                {
                    context.PrintJson(row, ApiJson.Default.BlockRow);
                }

                table.Add(
                    row.Id, row.Kind, row.Value, row.Action, row.Expires is { } end ? Format.Time(end) : BlocksApi.Never, row.Hits.ToString(CultureInfo.InvariantCulture),
                    row.LastHit is { } last ? Format.Time(last) : "-", row.Author, row.Reason);
            }

            if (parsed.GetValue(format) != OutputFormat.Json)
            {
                table.Write(context.Output);
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Remove(CommandContext context)
    {
        Argument<string[]> ids = new("id") { Description = "Blocks, such as B3", Arity = ArgumentArity.OneOrMore };
        Option<string> note = new("--note", FormerWords.Reason, "-r") { Description = "Why; recorded with your name", Required = true };
        Command command = new("remove", "End blocks before their time.") { ids, note };
        command.SetAction(async (parsed, ct) =>
        {
            using ManagementClient client = ManagementClient.Open(context, parsed);
            ManyMessages many = new(context);
            await many.RunAsync(parsed.GetValue(ids)!, async id =>
            {
                await client.OrderAsync($"api/blocks/{Uri.EscapeDataString(id)}/remove", parsed.GetValue(note)!, ct);
                context.Output.WriteLine($"{Format.Path(id)} is removed");
            });
            return many.Finish(string.Empty);
        });
        return command;
    }

    private static string End(BlockRow row) => row.Expires is { } end ? $"until {Format.Time(end)}" : "until it is removed";
}
