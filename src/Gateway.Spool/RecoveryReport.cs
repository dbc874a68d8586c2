namespace Gateway.Spool;

/// <summary>What kind of damage recovery met.</summary>
public enum DamageKind
{
    /// <summary>Bytes between records that are no record.</summary>
    Unreadable,

    /// <summary>The record's header or state does not match its checksum; the message is not live.</summary>
    Header,

    /// <summary>The body does not match its checksum; the message is live, its body cannot be opened.</summary>
    Body,

    /// <summary>The body's own file is missing or has the wrong length; the message is live, its body cannot be opened.</summary>
    BodyFile,

    /// <summary>Two live messages have the same id; the later one is live.</summary>
    DuplicateId,
}

/// <summary>Damage to something that had been acknowledged.</summary>
/// <param name="Kind">What is damaged.</param>
/// <param name="Segment">The file name of the segment.</param>
/// <param name="Offset">Where the damage begins in it, in bytes.</param>
/// <param name="Length">Bytes it spans there.</param>
/// <param name="Id">The message, when it is known.</param>
public sealed record SpoolDamage(DamageKind Kind, string Segment, long Offset, long Length, SpoolId? Id)
{
    /// <summary>How many records it cost, by their sequence; 0 when that cannot be told.</summary>
    /// <remarks>A record may be a message, but as well a state, a completion, or a copy of what stands elsewhere.</remarks>
    public long Records { get; init; }
}

/// <summary>What opening the spool found.</summary>
public sealed record RecoveryReport
{
    /// <summary>Segment files read.</summary>
    public int Segments { get; init; }

    /// <summary>Of them those whose hint was read instead.</summary>
    public int Hinted { get; init; }

    /// <summary>Records found whole.</summary>
    public long Records { get; init; }

    /// <summary>Messages that are live.</summary>
    public int Live { get; init; }

    /// <summary>Messages found that were completed.</summary>
    public long Completed { get; init; }

    /// <summary>Records of a last, never acknowledged batch that were found torn and left out.</summary>
    public int Torn { get; init; }

    /// <summary>Damage to what had been acknowledged; each costs only itself. Copies of the bytes are in <c>damaged/</c>.</summary>
    public IReadOnlyList<SpoolDamage> Damage { get; init; } = [];

    /// <summary>Body files that no live message named and that were removed.</summary>
    public int OrphanFiles { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Elapsed { get; init; }
}
