using Gateway.Relay.Message;

namespace Gateway.Relay.Quarantine;

/// <summary>A quarantined message without its body: who sent it, what is wrong with it, and what is needed to release it.</summary>
/// <remarks>
/// Every text is off the wire and hostile, also after storage. Stored texts are bounded and made valid Unicode (NUL and lone
/// surrogates become U+FFFD); what must survive exactly belongs into <see cref="Envelope"/>.
/// </remarks>
public sealed record QuarantineEntry
{
    /// <summary>The message id of the gateway: 1 to 32 ASCII letters and digits, unique for ever.</summary>
    public required string Id { get; init; }

    /// <summary>When the message was received; decides its place in every list, to the millisecond.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>What the steady clock said then: it leaves by its age from here.</summary>
    public TimeSpan Since { get; init; }

    /// <summary>Envelope sender, empty for the null sender. Stored up to 1,024 octets.</summary>
    public required string Sender { get; init; }

    /// <summary>All envelope recipients. Each stored up to 1,024 octets.</summary>
    public required IReadOnlyList<string> Recipients { get; init; }

    /// <summary>Address of the SMTP client. Stored up to 64 octets.</summary>
    public string ClientAddress { get; init; } = string.Empty;

    /// <summary>What the client called itself in EHLO or HELO. Stored up to 512 octets.</summary>
    public string ClientHello { get; init; } = string.Empty;

    /// <summary>Protocol name as in the <c>Received:</c> field, such as <c>ESMTPS</c>. Stored up to 32 octets.</summary>
    public string Protocol { get; init; } = string.Empty;

    /// <summary>Octets of the body as received.</summary>
    public required long Size { get; init; }

    /// <summary>Decoded subject. Stored up to 1,024 octets.</summary>
    public string Subject { get; init; } = string.Empty;

    /// <summary>Decoded From field. Stored up to 1,024 octets.</summary>
    public string HeaderFrom { get; init; } = string.Empty;

    /// <summary>Message-ID field. Stored up to 1,024 octets.</summary>
    public string HeaderMessageId { get; init; } = string.Empty;

    /// <summary>The rule that decided the verdict. Stored up to 128 octets.</summary>
    public required string WorstRule { get; init; }

    /// <summary>Hash of the structure, equal for mails of one kind; empty when there is none. Stored up to 128 octets.</summary>
    public string Fingerprint { get; init; } = string.Empty;

    /// <summary>The evidence. The first 1,000 findings are stored, each text up to 1,024 octets.</summary>
    public required IReadOnlyList<QuarantineFinding> Findings { get; init; }

    /// <summary>The lines of the session from the message's MAIL on, oldest first. Of these and <see cref="Earlier"/> the last 2,000 are stored, each up to 1,024 octets.</summary>
    public IReadOnlyList<QuarantineSessionLine> Session { get; init; } = [];

    /// <summary>
    /// The lines of the session before that, as far as no message quarantined before it brought them. Stored with the session; an entry that is read has none:
    /// see <see cref="IQuarantineStore.SessionAsync"/>.
    /// </summary>
    public IReadOnlyList<QuarantineSessionLine> Earlier { get; init; } = [];

    /// <summary>The name that tells the session from all others; empty for a session of this message alone. Stored up to 128 octets.</summary>
    public string SessionName { get; init; } = string.Empty;

    /// <summary>Opaque to the store: what the relay needs to release the message exactly as it came.</summary>
    public ReadOnlyMemory<byte> Envelope { get; init; }

    /// <summary>Where the message stands. Ignored when added: a new entry is <see cref="QuarantineState.Quarantined"/>.</summary>
    public QuarantineState State { get; init; }

    /// <summary>The queue id of the latest release; null before one. Ignored when added.</summary>
    public string? ReleaseId { get; init; }

    /// <summary>The entry of a message whose envelope says why it is quarantined.</summary>
    internal static QuarantineEntry Of(Envelope envelope)
    {
        QuarantineReason held = envelope.Quarantine ?? throw new InvalidOperationException($"{envelope.Id} is not quarantined.");
        int own = QuarantineSessionLine.OwnFrom(held.Session);
        return new QuarantineEntry
        {
            Id = envelope.Id,
            ReceivedAt = envelope.ReceivedAt,
            Since = envelope.Since,
            Sender = envelope.Sender,
            Recipients = envelope.Recipients,
            ClientAddress = envelope.ClientAddress,
            ClientHello = envelope.ClientHello,
            Protocol = envelope.Protocol,
            Size = envelope.Size,
            Subject = held.Subject,
            HeaderFrom = held.HeaderFrom,
            HeaderMessageId = held.HeaderMessageId,
            WorstRule = held.WorstRule,
            Fingerprint = held.Fingerprint,
            Findings = held.Findings,
            Session = [.. held.Session.Skip(own)],
            Earlier = [.. held.Session.Take(own)],
            SessionName = held.SessionName,
            // Findings are columns of their own; what a release needs is the envelope without them.
            Envelope = (envelope with { Quarantine = null }).ToBytes(),
        };
    }
}
