using System.Text.Json;
using Gateway.Relay.Quarantine.Storage;

namespace Gateway.Relay.Quarantine;

/// <summary>Writes a held message and its evidence as two files: <c>ID.eml</c>, the exact octets, and <c>ID.json</c>.</summary>
/// <remarks>
/// Promises: names are made of the id alone, which is letters and digits, never of anything the message says. Files are readable by
/// their owner only, replace what has their name (a symbolic link itself, not its target), and appear whole or not at all.
/// </remarks>
public static class QuarantineExport
{
    /// <summary>Exports one message into a directory that exists.</summary>
    /// <returns>The paths written; null when there is no such entry.</returns>
    public static async Task<ExportedMessage?> WriteAsync(
        IQuarantineStore store, string id, string directory, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentException.ThrowIfNullOrEmpty(directory);
        if (!EntryId.IsValid(id) || await store.FindAsync(id, cancellationToken) is not { } entry)
        {
            return null;
        }

        string? mail = null;
        Stream? body = await store.OpenBodyAsync(id, cancellationToken);
        if (body is not null)
        {
            await using (body)
            {
                mail = Path.Combine(directory, id + ".eml");
                await ReplaceAsync(mail, target => body.CopyToAsync(target, cancellationToken), cancellationToken);
            }
        }

        IReadOnlyList<ReviewDecision> decisions = await store.HistoryAsync(id, cancellationToken);
        string evidence = Path.Combine(directory, id + ".json");
        await ReplaceAsync(evidence, target => WriteEvidenceAsync(target, entry, decisions, cancellationToken), cancellationToken);
        return new ExportedMessage(id, mail, evidence);
    }

    // The default encoder escapes everything beyond ASCII: bidi and control characters of the mail never reach a terminal.
    private static async Task WriteEvidenceAsync(
        Stream target, QuarantineEntry entry, IReadOnlyList<ReviewDecision> decisions, CancellationToken cancellationToken)
    {
        await using var json = new Utf8JsonWriter(target, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("id", entry.Id);
        json.WriteString("state", entry.State.ToString());
        json.WriteString("receivedAt", entry.ReceivedAt);
        json.WriteString("sender", entry.Sender);
        json.WritePropertyName("recipients");
        JsonSerializer.Serialize(json, [.. entry.Recipients], QuarantineJson.Default.StringArray);
        json.WriteString("clientAddress", entry.ClientAddress);
        json.WriteString("clientHello", entry.ClientHello);
        json.WriteString("protocol", entry.Protocol);
        json.WriteNumber("size", entry.Size);
        json.WriteString("subject", entry.Subject);
        json.WriteString("headerFrom", entry.HeaderFrom);
        json.WriteString("headerMessageId", entry.HeaderMessageId);
        json.WriteString("worstRule", entry.WorstRule);
        json.WriteString("fingerprint", entry.Fingerprint);
        json.WriteString("releaseId", entry.ReleaseId);
        json.WriteBase64String("envelope", entry.Envelope.Span);
        json.WritePropertyName("findings");
        JsonSerializer.Serialize(json, [.. entry.Findings], QuarantineJson.Default.QuarantineFindingArray);
        json.WriteStartArray("decisions");
        foreach (ReviewDecision decision in decisions)
        {
            json.WriteStartObject();
            json.WriteString("action", decision.Action.ToString());
            json.WriteString("at", decision.At);
            json.WriteString("actor", decision.Actor);
            json.WriteString("reason", decision.Reason);
            json.WriteString("releaseId", decision.ReleaseId);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        await json.FlushAsync(cancellationToken);
    }

    private static async Task ReplaceAsync(string path, Func<Stream, Task> write, CancellationToken cancellationToken)
    {
        string partial = path + ".partial";
        File.Delete(partial);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            await using (var target = new FileStream(partial, options))
            {
                await write(target);
                await target.FlushAsync(cancellationToken);
            }

            File.Move(partial, path, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }
}

/// <summary>What an export wrote.</summary>
/// <param name="Id">The id of the entry.</param>
/// <param name="MailPath">The message; null when its body was discarded.</param>
/// <param name="EvidencePath">Entry, findings and decisions as JSON.</param>
public sealed record ExportedMessage(string Id, string? MailPath, string EvidencePath);
