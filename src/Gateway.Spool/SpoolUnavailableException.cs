namespace Gateway.Spool;

/// <summary>The spool could not make a record durable; nothing was acknowledged and the sender should try again later.</summary>
public class SpoolUnavailableException : Exception
{
    /// <summary>Makes the exception.</summary>
    public SpoolUnavailableException(SpoolUnavailableReason reason, string message, Exception? innerException = null)
        : base(message, innerException) => Reason = reason;

    /// <summary>What kept it from being durable.</summary>
    public SpoolUnavailableReason Reason { get; }
}

/// <summary>The record was not durable within <see cref="SpoolOptions.CommitTimeout"/>; should it become so later, it is cancelled.</summary>
public sealed class SpoolDeadlineException : SpoolUnavailableException
{
    /// <summary>Makes the exception.</summary>
    public SpoolDeadlineException(string message)
        : base(SpoolUnavailableReason.Stalled, message)
    {
    }
}

/// <summary>A stored record or body does not match its checksum, or its file is gone.</summary>
public sealed class SpoolCorruptException : Exception
{
    /// <summary>Makes the exception.</summary>
    public SpoolCorruptException(SpoolId id, string message)
        : base(message) => Id = id;

    /// <summary>The message that is damaged.</summary>
    public SpoolId Id { get; }
}

/// <summary>The directory cannot be opened as a spool: another process has it, or a newer version wrote it.</summary>
public sealed class SpoolOpenException : Exception
{
    /// <summary>Makes the exception.</summary>
    public SpoolOpenException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
