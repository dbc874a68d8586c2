using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Relay.Message;

/// <summary>What is known of a message besides its octets; stored with it in the spool and the quarantine.</summary>
/// <remarks>Stored as JSON: a field that a later version adds is ignored by this one, a field this version lacks has its default.</remarks>
public sealed record Envelope
{
    /// <summary>What <see cref="Quarantine"/> is called in the stored form: spools of older versions have it so.</summary>
    internal const string StoredQuarantine = "Held";

    /// <summary>The id, as text.</summary>
    public required string Id { get; init; }

    /// <summary>When the end of data was received.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>What the steady clock was then, in ticks; null in what an older version stored.</summary>
    public long? SteadyTicks { get; init; }

    /// <summary><see cref="SteadyTicks"/> as a time; what an older version stored counts from the first start of this one.</summary>
    [JsonIgnore]
    public TimeSpan Since => new(SteadyTicks ?? 0);

    /// <summary>The reverse-path without brackets; empty for the null sender.</summary>
    public required string Sender { get; init; }

    /// <summary>The forward-paths without brackets, as accepted.</summary>
    public required IReadOnlyList<string> Recipients { get; init; }

    /// <summary>The client's address, or empty for mail that we made ourselves.</summary>
    public string ClientAddress { get; init; } = string.Empty;

    /// <summary>What the client called itself.</summary>
    public string ClientHello { get; init; } = string.Empty;

    /// <summary>SMTP, ESMTP, ... (RFC 3848).</summary>
    public string Protocol { get; init; } = string.Empty;

    /// <summary>The name under which the client had authenticated, or null.</summary>
    public string? User { get; init; }

    /// <summary>Octets of the message as received, without our trace field.</summary>
    public long Size { get; init; }

    /// <summary>The content holds octets above 127, so the next hop must offer 8BITMIME.</summary>
    public bool EightBit { get; init; }

    /// <summary>The content was declared BINARYMIME and needs it: only a host with CHUNKING and BINARYMIME can take it.</summary>
    public bool Binary { get; init; }

    /// <summary>The last octets are no CRLF, which DATA cannot say: sent by BDAT where the host offers it.</summary>
    public bool Unterminated { get; init; }

    /// <summary>The message may travel on over TLS only (REQUIRETLS, RFC 8689).</summary>
    public bool RequireTls { get; init; }

    /// <summary>The message that this one is our notification about, where it must not be told in clear; null for all other mail.</summary>
    public WithheldMessage? About { get; init; }

    /// <summary>The transaction was declared SMTPUTF8, and a header field of the message or of a part needs it; addresses speak for themselves.</summary>
    public bool SmtpUtf8 { get; init; }

    /// <summary>The trace fields that go in front of the message, CRLF included.</summary>
    public string Trace { get; init; } = string.Empty;

    /// <summary>Seconds from 354 to the end of data, for the log's <c>delays=</c>.</summary>
    public double ReceiveSeconds { get; init; }

    /// <summary>The quarantine entry that this message was released from, or null.</summary>
    public string? ReleasedFrom { get; init; }

    /// <summary>Hash of structure and findings, for telling kinds of message apart; 0 when it was not inspected.</summary>
    public ulong Shape { get; init; }

    /// <summary>Tagged by rules whose findings have broken readers before: delivered in the lane of suspects.</summary>
    public bool Risky { get; init; }

    /// <summary>What the sender asked to be told, or null when it asked nothing.</summary>
    public DsnRequest? Dsn { get; init; }

    /// <summary>Why the message is quarantined, or null for mail to be delivered.</summary>
    [JsonPropertyName(StoredQuarantine)]
    public QuarantineReason? Quarantine { get; init; }

    /// <summary>Only what the queue sorts by is filled in: an attempt has to read the whole of it.</summary>
    [JsonIgnore]
    public bool IsBrief { get; init; }

    /// <summary>True for a notification that we made ourselves.</summary>
    [JsonIgnore]
    public bool IsNotification => Sender.Length == 0 && ClientAddress.Length == 0;

    /// <summary>The stored form.</summary>
    public byte[] ToBytes() => IsBrief
        ? throw new InvalidOperationException("Of a brief envelope not everything is known.")
        : JsonSerializer.SerializeToUtf8Bytes(this, RelayJson.Default.Envelope);

    /// <summary>Reads the stored form.</summary>
    /// <exception cref="JsonException">The octets are not an envelope.</exception>
    public static Envelope FromBytes(ReadOnlySpan<byte> bytes) =>
        JsonSerializer.Deserialize(bytes, RelayJson.Default.Envelope) ?? throw new JsonException("An envelope is null.");
}

/// <summary>What may be told in clear about a message that was sent with REQUIRETLS and failed (RFC 8689 section 5).</summary>
/// <param name="MessageId">Its Message-ID field with angle brackets; empty when it has none that can be told.</param>
/// <param name="Status">The RFC 3463 status of its failure.</param>
public sealed record WithheldMessage(string MessageId, string Status);

/// <summary>The verdict that quarantined a message, kept with it so that it needs no second inspection after a restart.</summary>
public sealed record QuarantineReason
{
    /// <summary>The rule that decided.</summary>
    public required string WorstRule { get; init; }

    /// <summary>The findings, worst first.</summary>
    public required IReadOnlyList<QuarantineFinding> Findings { get; init; }

    /// <summary>The Subject, decoded and bounded.</summary>
    public string Subject { get; init; } = string.Empty;

    /// <summary>The From field, decoded and bounded.</summary>
    public string HeaderFrom { get; init; } = string.Empty;

    /// <summary>The Message-ID field.</summary>
    public string HeaderMessageId { get; init; } = string.Empty;

    /// <summary>What was said in the session lately, but for what an earlier quarantined message of it has.</summary>
    public IReadOnlyList<QuarantineSessionLine> Session { get; init; } = [];

    /// <summary>The id of the session; empty in what older versions wrote.</summary>
    public string SessionName { get; init; } = string.Empty;

    /// <summary>Equal for mails of the same malformation: rules, structure, size class.</summary>
    public string Fingerprint { get; init; } = string.Empty;
}

/// <summary>What changes while a message waits for delivery; the spool keeps the latest.</summary>
public sealed record DeliveryState
{
    /// <summary>Recipients still to be served.</summary>
    public required IReadOnlyList<string> Remaining { get; init; }

    /// <summary>Attempts made.</summary>
    public int Attempts { get; init; }

    /// <summary>When the next attempt is due.</summary>
    public DateTimeOffset Due { get; init; }

    /// <summary>The last answer, for the queue listing.</summary>
    public string LastReply { get; init; } = string.Empty;

    /// <summary>The failed attempts, oldest first; null when there was none that was noted.</summary>
    public IReadOnlyList<AttemptNote>? Journal { get; init; }

    /// <summary>Why it is on hold, or null.</summary>
    public string? Hold { get; init; }

    /// <summary>The route that a person ordered instead of the one of its domains, or null.</summary>
    public string? Route { get; init; }

    /// <summary>The sender was told that it is late.</summary>
    public bool Warned { get; init; }

    /// <summary>Why it is to go to the quarantine, or null; set before it goes there.</summary>
    [JsonPropertyName(Envelope.StoredQuarantine)]
    public QuarantineReason? Quarantine { get; init; }

    /// <summary>The stored form.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, RelayJson.Default.DeliveryState);

    /// <summary>Reads the stored form.</summary>
    /// <exception cref="JsonException">The octets are not a state.</exception>
    public static DeliveryState FromBytes(ReadOnlySpan<byte> bytes) =>
        JsonSerializer.Deserialize(bytes, RelayJson.Default.DeliveryState) ?? throw new JsonException("A delivery state is null.");
}

/// <summary>Generated JSON readers and writers of the relay's stored forms.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(Envelope))]
[JsonSerializable(typeof(DeliveryState))]
internal sealed partial class RelayJson : JsonSerializerContext;
