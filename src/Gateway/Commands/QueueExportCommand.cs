using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
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
        Option<string> folder = new("--output", "-o") { Description = "Directory for one ID.eml and one ID.json each, for you alone to read", Required = true, HelpName = "DIR" };
        QueueFilterOptions filters = new();
        Command command = filters.AddTo(new("export", "Write queued mail into files; it stays in the queue.") { ids, all, dry, folder });
        command.SetAction(async (parsed, ct) =>
        {
            IReadOnlyList<QueueFilter> meant = filters.Read(parsed, parsed.GetValue(ids) ?? [], parsed.GetValue(all));
            using ManagementClient client = ManagementClient.Open(context, parsed);
            return await new Run(context, client, parsed.GetValue(folder)!, parsed.GetValue(dry)).OverAsync(meant, ct);
        });
        return command;
    }

    /// <summary>One command over all that it names.</summary>
    private sealed class Run(CommandContext context, ManagementClient client, string folder, bool isDry)
    {
        private readonly ManyMessages _many = new(context);

        public async Task<int> OverAsync(IReadOnlyList<QueueFilter> meant, CancellationToken ct)
        {
            if (!isDry)
            {
                PrivateFile.MakeFolder(folder);
            }

            if (meant[0].Id is null)
            {
                // What a listing shows may be delivered before its turn comes: it is passed over and counted.
                await _many.RunAsync(await ListAsync(meant[0], ct), entry => WriteAsync(entry, ct), mayBeGone: true);
            }
            else
            {
                await _many.RunAsync(meant, async filter =>
                {
                    IReadOnlyList<QueueEntry> found = await ListAsync(filter, ct);
                    await WriteAsync(found.Count > 0 ? found[0] : throw new CommandFailedException(ExitCode.NotFound, $"No message '{filter.Id}' in the queue."), ct);
                });
            }

            return _many.Finish(ManyMessages.Messages(_many.Done) + (_many.Done + _many.Gone == Most ? ", the oldest; there may be more" : string.Empty));
        }

        private Task<IReadOnlyList<QueueEntry>> ListAsync(QueueFilter filter, CancellationToken ct) => client.GetAsync(
            "api/queue" + QueueQuery.Format(filter, string.Create(CultureInfo.InvariantCulture, $"limit={Most}")), ApiJson.Default.IReadOnlyListQueueEntry, ct);

        private async Task WriteAsync(QueueEntry entry, CancellationToken ct)
        {
            string path = Path.Combine(folder, entry.Id);
            if (!isDry)
            {
                await using Stream octets = await client.OpenAsync($"api/queue/{entry.Id}/message", ct);
                using SHA256 digest = SHA256.Create();
                await PrivateFile.WriteAsync(path + ".eml", async file =>
                {
                    await using CryptoStream through = new(file, digest, CryptoStreamMode.Write, leaveOpen: true);
                    await octets.CopyToAsync(through, ct);
                });
                QueueEntry exported = entry with { Sha256 = Convert.ToHexStringLower(digest.Hash!) };
                await PrivateFile.WriteAsync(path + ".json", file => JsonSerializer.SerializeAsync(file, exported, ApiJson.Default.QueueEntry, ct));
            }

            context.Output.WriteLine($"{(isDry ? "would write" : "written")} {path}.eml");
        }
    }
}
