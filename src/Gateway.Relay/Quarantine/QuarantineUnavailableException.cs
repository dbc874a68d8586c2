namespace Gateway.Relay.Quarantine;

/// <summary>The quarantine cannot do this now: locked, full, damaged, too new, or the disk fails.</summary>
/// <remarks>
/// Never the fault of the message. Whoever holds it keeps it where it is safe (or answers 451) and tries again: adding is
/// idempotent. An <see cref="IOException"/>, because body streams throw it too.
/// </remarks>
public sealed class QuarantineUnavailableException : IOException
{
    /// <summary>States what was tried.</summary>
    public QuarantineUnavailableException(string message)
        : base(message)
    {
    }

    /// <summary>States what was tried and what stood in the way.</summary>
    public QuarantineUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
