using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Relay.Message;

namespace Gateway.Relay.Quarantine.Storage;

/// <summary>An entry in the form it is stored in, made on the caller's thread so that the writer only writes.</summary>
internal sealed class StoredEntry
{
    private const int MaxFindings = 1000;

    // The exact recipients are in the recipient index and the entry; the word index takes what a search can be expected to want.
    private const int SearchableRecipients = 16 * 1024;

    /// <summary>Checks, bounds and encodes an entry.</summary>
    /// <remarks>Fails: <see cref="ArgumentException"/> for an id that is none.</remarks>
    public StoredEntry(QuarantineEntry entry, BodyCodec codec)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(codec);
        if (!EntryId.IsValid(entry.Id))
        {
            throw new ArgumentException("The id of a quarantine entry is 1 to 32 ASCII letters and digits.", nameof(entry));
        }

        QuarantineFinding[] findings = [.. entry.Findings.Take(MaxFindings).Select(Bound)];
        Session = new StoredSession(entry, codec);
        string[] recipients = [.. entry.Recipients.Select(recipient => StoredText.Bound(recipient, StoredText.Field))];
        Entry = entry with
        {
            ReceivedAt = entry.ReceivedAt.ToUniversalTime(),
            Sender = StoredText.Bound(entry.Sender, StoredText.Field),
            Recipients = recipients,
            ClientAddress = StoredText.Bound(entry.ClientAddress, 64),
            ClientHello = StoredText.Bound(entry.ClientHello, 512),
            Protocol = StoredText.Bound(entry.Protocol, 32),
            Subject = StoredText.Bound(entry.Subject, StoredText.Field),
            HeaderFrom = StoredText.Bound(entry.HeaderFrom, StoredText.Field),
            HeaderMessageId = StoredText.Bound(entry.HeaderMessageId, StoredText.Field),
            WorstRule = StoredText.Bound(entry.WorstRule, StoredText.Token),
            Fingerprint = StoredText.Bound(entry.Fingerprint, StoredText.Token),
            Findings = findings,
            State = QuarantineState.Quarantined,
            ReleaseId = null,
        };
        Network = ClientNetwork.Of(entry.ClientAddress);
        Rules = [.. findings.Select(finding => finding.Rule).Append(Entry.WorstRule).Distinct(StringComparer.Ordinal)];
        FindingsJson = JsonSerializer.SerializeToUtf8Bytes(findings, QuarantineJson.Stored.QuarantineFindingArray);
        Envelope = StoredRecord.Of(entry.Envelope.Span, codec);
        RecipientsJson = JsonSerializer.SerializeToUtf8Bytes(recipients, QuarantineJson.Stored.StringArray);
        SearchRecipients = Join(recipients, SearchableRecipients);
        Weight = FindingsJson.Length + Session.Lines.Octets.Length + RecipientsJson.Length + Envelope.Octets.Length + 4096;
    }

    /// <summary>The entry with every text bounded.</summary>
    public QuarantineEntry Entry { get; }

    /// <summary>Every rule of a finding, and the worst rule, once.</summary>
    public string[] Rules { get; }

    /// <summary>The client network it is charged to.</summary>
    public string Network { get; }

    public byte[] FindingsJson { get; }

    public byte[] RecipientsJson { get; }

    /// <summary>The envelope.</summary>
    public StoredRecord Envelope { get; }

    /// <summary>What it adds to the record of its session.</summary>
    public StoredSession Session { get; }

    /// <summary>The recipients as the word index sees them.</summary>
    public string SearchRecipients { get; }

    /// <summary>Octets this entry keeps in memory while it waits, roughly.</summary>
    public int Weight { get; }

    private static QuarantineFinding Bound(QuarantineFinding finding) => finding with
    {
        Rule = StoredText.Bound(finding.Rule, StoredText.Token),
        Action = StoredText.Bound(finding.Action, StoredText.Token),
        Part = StoredText.Bound(finding.Part, StoredText.Field),
        Excerpt = StoredText.Bound(finding.Excerpt, StoredText.Field),
        ExcerptHex = StoredText.Bound(finding.ExcerptHex, StoredText.Field),
        Clause = StoredText.Bound(finding.Clause, StoredText.Field),
        Detail = StoredText.Bound(finding.Detail, StoredText.Field),
    };

    private static string Join(string[] texts, int most)
    {
        if (texts.Length == 1)
        {
            return texts[0];
        }

        var joined = new StringBuilder();
        foreach (string text in texts)
        {
            if (joined.Length + text.Length >= most)
            {
                break;
            }

            joined.Append(text).Append('\n');
        }

        return joined.ToString();
    }
}

/// <summary>How recipients and findings are written into the database and the export.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(QuarantineFinding[]))]
[JsonSerializable(typeof(QuarantineSessionLine[]))]
internal sealed partial class QuarantineJson : JsonSerializerContext
{
    /// <summary>With the characters as they are: the database is not HTML, and "\u00e4" would double the octets.</summary>
    public static QuarantineJson Stored { get; } = new(new JsonSerializerOptions
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
    });
}
