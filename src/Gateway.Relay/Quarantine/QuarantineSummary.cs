namespace Gateway.Relay.Quarantine;

/// <summary>One line of the review list.</summary>
/// <remarks>Texts are hostile; see <see cref="QuarantineEntry"/>.</remarks>
public sealed record QuarantineSummary
{
    /// <summary>The id of the entry.</summary>
    public required string Id { get; init; }

    /// <summary>The entry's place in every list; give it as <see cref="QuarantineFilter.After"/> to read on from here.</summary>
    public required QuarantineCursor Cursor { get; init; }

    /// <summary>When the message was received, in UTC.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>Envelope sender, empty for the null sender.</summary>
    public required string Sender { get; init; }

    /// <summary>The first envelope recipient.</summary>
    public required string FirstRecipient { get; init; }

    /// <summary>How many envelope recipients there are.</summary>
    public required int RecipientCount { get; init; }

    /// <summary>Address of the SMTP client.</summary>
    public required string ClientAddress { get; init; }

    /// <summary>Octets of the body as received.</summary>
    public required long Size { get; init; }

    /// <summary>Decoded subject.</summary>
    public required string Subject { get; init; }

    /// <summary>Decoded From field.</summary>
    public required string HeaderFrom { get; init; }

    /// <summary>The rule that decided the verdict.</summary>
    public required string WorstRule { get; init; }

    /// <summary>How many findings are stored.</summary>
    public required int FindingCount { get; init; }

    /// <summary>Hash of the structure, equal for mails of one kind.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Where the message stands.</summary>
    public required QuarantineState State { get; init; }

    /// <summary>The queue id of the latest release; null before one.</summary>
    public string? ReleaseId { get; init; }
}
