namespace Gateway.Relay.Quarantine.Review;

/// <summary>A quarantined message cannot be released, because the host behind could read it as two.</summary>
/// <remarks>It stays quarantined. Whoever needs it exports it.</remarks>
public sealed class ReleaseRefusedException : Exception
{
    /// <summary>Says why.</summary>
    public ReleaseRefusedException(string message)
        : base(message)
    {
    }
}
