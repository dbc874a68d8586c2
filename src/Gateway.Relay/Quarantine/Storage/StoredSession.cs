using System.Text.Json;
using Gateway.Relay.Message;

namespace Gateway.Relay.Quarantine.Storage;

/// <summary>What one quarantined message adds to the record of its session, in the form it is stored in.</summary>
internal sealed class StoredSession
{
    private const int MaxLines = 2000;

    /// <summary>Bounds and encodes the lines of an entry.</summary>
    public StoredSession(QuarantineEntry entry, BodyCodec codec)
    {
        QuarantineSessionLine[] lines = [.. entry.Earlier.Concat(entry.Session).TakeLast(MaxLines).Select(Bound)];
        Name = StoredText.Bound(entry.SessionName.Length > 0 ? entry.SessionName : entry.Id, StoredText.Token);
        OwnFrom = Math.Max(0, lines.Length - entry.Session.Count);
        if (lines.Length > 0)
        {
            Lines = StoredRecord.Of(JsonSerializer.SerializeToUtf8Bytes(lines, QuarantineJson.Stored.QuarantineSessionLineArray), codec);
        }
    }

    /// <summary>The session's name.</summary>
    public string Name { get; }

    /// <summary>Lines before the message's own transaction.</summary>
    public int OwnFrom { get; }

    /// <summary>Its lines as JSON; nothing when there are none.</summary>
    public StoredRecord Lines { get; } = new([], 0);

    /// <summary>Reads what was stored.</summary>
    public static QuarantineSessionLine[] Read(BodyCodec codec, ReadOnlySpan<byte> lines, long length) =>
        StoredRecord.Read(codec, lines, length, static (json, read) => Json(json.AsSpan(0, read)));

    /// <summary>Reads the whole record as versions up to 5 wrote it, beside each message.</summary>
    public static QuarantineSessionLine[] Json(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize(json, QuarantineJson.Stored.QuarantineSessionLineArray) ?? [];

    private static QuarantineSessionLine Bound(QuarantineSessionLine line) => line with
    {
        From = StoredText.Bound(line.From, StoredText.Token),
        Text = StoredText.Bound(line.Text, StoredText.Field),
    };
}
