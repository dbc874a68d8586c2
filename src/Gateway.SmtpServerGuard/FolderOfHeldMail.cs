using System.Globalization;
using System.Text.Json;
using Gateway.Mime;

namespace Gateway.SmtpServerGuard;

/// <summary>Keeps held mail as files: the octets as <c>ID.eml</c>, envelope and findings as <c>ID.json</c>.</summary>
/// <remarks>
/// Promises: when <see cref="HoldAsync"/> returns, both files are on stable storage; a message without its <c>.json</c> is none. IDs rise with time.
/// Fails: <see cref="IOException"/> when the folder is full or cannot be written; nothing is left behind then.
/// Threads: any number may hold mail at the same time.
/// </remarks>
/// <param name="path">The folder; made when it is not there, for its owner only.</param>
/// <param name="mostBytes">Octets all files of the folder may have together. What is removed from the folder makes room again.</param>
public sealed class FolderOfHeldMail(string path, long mostBytes) : IHeldMail
{
    private readonly Lock _gate = new();
    private long? _used;

    /// <inheritdoc/>
    public Task HoldAsync(GuardedMail mail, CancellationToken ct) => Task.Run(() => Hold(mail), ct);

    private void Hold(GuardedMail mail)
    {
        DurableFile.CreateFolder(path);
        byte[] evidence = Describe(mail);
        Reserve(mail.Octets.Length + evidence.Length);
        string id = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString("n", CultureInfo.InvariantCulture);
        string message = Path.Combine(path, id + ".eml");
        string description = Path.Combine(path, id + ".json");
        try
        {
            DurableFile.Write(message, mail.Octets);
            DurableFile.Write(description, new(evidence));
            DurableFile.SyncFolder(path);
        }
        catch
        {
            // The client gets 451 and will send it again.
            File.Delete(description);
            File.Delete(message);
            Release(mail.Octets.Length + evidence.Length);
            throw;
        }
    }

    private void Reserve(long octets)
    {
        lock (_gate)
        {
            if (_used is null || _used + octets > mostBytes)
            {
                // Somebody may have released mail from the folder since.
                _used = new DirectoryInfo(path).EnumerateFiles().Sum(static f => f.Length);
            }

            if (_used + octets > mostBytes)
            {
                throw new IOException($"The folder of held mail is full: {path} may have {mostBytes} octets.");
            }

            _used += octets;
        }
    }

    private void Release(long octets)
    {
        lock (_gate)
        {
            _used -= octets;
        }
    }

    private static byte[] Describe(GuardedMail mail)
    {
        using MemoryStream octets = new();
        using (Utf8JsonWriter json = new(octets, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("sender", mail.Sender);
            json.WriteStartArray("recipients");
            foreach (string recipient in mail.Recipients)
            {
                json.WriteStringValue(recipient);
            }

            json.WriteEndArray();
            json.WriteNumber("size", mail.Octets.Length);
            json.WriteStartArray("findings");
            foreach (Finding finding in mail.Report.Findings)
            {
                WriteFinding(json, finding);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return octets.ToArray();
    }

    private static void WriteFinding(Utf8JsonWriter json, Finding finding)
    {
        json.WriteStartObject();
        json.WriteString("rule", finding.RuleName);
        json.WriteString("action", finding.Action.Name());
        json.WriteNumber("offset", finding.Offset);
        json.WriteNumber("line", finding.Line);
        json.WriteString("part", finding.Part);
        json.WriteString("excerpt", finding.ExcerptEscaped);
        json.WriteString("detail", finding.Detail);
        json.WriteEndObject();
    }
}
