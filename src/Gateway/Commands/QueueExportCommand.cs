using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using Gateway.Api;
using Gateway.Relay.Delivery;

namespace Gateway.Commands;

/// <summary><c>gateway queue export</c>: queued mail as files, octet for octet with its trace fields; the queue keeps it.</summary>
internal static class QueueExportCommand
{
    private const int Most = 10_000;

    public static Command Create(CommandContext context)
    {
        Argument<string[]> ids = new("id") { Description = "Queue ids", Arity = ArgumentArity.ZeroOrMore };
        Option<bool> all = new("--all") { Description = "The whole queue" };
        Option<bool> dry = new("--dry-run") { Description = "Only show what would be written" };
        Option<string> folder = new("--output", "-o") { Description = "Directory for one ID.eml and one ID.json each", Required = true, HelpName = "DIR" };
        QueueFilterOptions filters = new();
        Command command = filters.AddTo(new("export", "Write queued mail into files; it stays in the queue.") { ids, all, dry, folder });
        command.SetAction(async (parsed, ct) =>
        {
            IReadOnlyList<QueueFilter> meant = filters.Read(parsed, parsed.GetValue(ids) ?? [], parsed.GetValue(all));
            using ManagementClient client = ManagementClient.Open(context.Load(parsed).DataDirectory);
            string directory = parsed.GetValue(folder)!;
            int count = 0;
            foreach (QueueFilter filter in meant)
            {
                string limit = string.Create(CultureInfo.InvariantCulture, $"limit={Most}");
                IReadOnlyList<QueueEntry> entries = await client.GetAsync(
                    "api/queue" + QueueQuery.Format(filter, limit), ApiJson.Default.IReadOnlyListQueueEntry, ct);
                if (filter.Id is not null && entries.Count == 0)
                {
                    throw new CommandFailedException(ExitCode.NotFound, $"No message '{filter.Id}' in the queue.");
                }

                foreach (QueueEntry entry in entries)
                {
                    string path = Path.Combine(directory, entry.Id);
                    if (!parsed.GetValue(dry))
                    {
                        Directory.CreateDirectory(directory);
                        await WriteAsync(client, entry, path, ct);
                    }

                    count++;
                    context.Output.WriteLine($"{(parsed.GetValue(dry) ? "would write" : "written")} {path}.eml");
                }
            }

            context.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} messages{(count == Most ? ", the oldest; there may be more" : string.Empty)}"));
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task WriteAsync(ManagementClient client, QueueEntry entry, string path, CancellationToken ct)
    {
        await using Stream octets = await client.OpenAsync($"api/queue/{entry.Id}/message", ct);
        string digest;
        await using (FileStream file = new(path + ".eml", FileMode.Create, FileAccess.ReadWrite))
        {
            await octets.CopyToAsync(file, ct);
            file.Position = 0;
            digest = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, ct));
        }

        await using StreamWriter envelope = new(path + ".json");
        await envelope.WriteLineAsync(System.Text.Json.JsonSerializer.Serialize(entry with { Sha256 = digest }, ApiJson.Default.QueueEntry).AsMemory(), ct);
    }
}
