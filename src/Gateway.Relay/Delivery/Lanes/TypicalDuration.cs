namespace Gateway.Relay.Delivery.Lanes;

/// <summary>How long a transaction with a destination usually takes, and from when on one counts as hanging.</summary>
/// <remarks>Threads: guarded by the destination's lock.</remarks>
/// <param name="least">A transaction shorter than this never hangs.</param>
internal sealed class TypicalDuration(TimeSpan least)
{
    private static readonly TimeSpan Most = TimeSpan.FromMinutes(1);

    private TimeSpan? _usual;

    /// <summary>A transaction that takes longer hangs: four times the usual, within bounds.</summary>
    public TimeSpan Patience => Clamp(4 * (_usual ?? TimeSpan.Zero));

    /// <summary>A message passed in this time.</summary>
    public void Note(TimeSpan taken)
    {
        // One that hung and passed after all must not make everything look usual.
        TimeSpan sample = _usual is null || taken < 2 * Patience ? taken : 2 * Patience;
        _usual = _usual is TimeSpan usual ? usual + ((sample - usual) / 16) : sample;
    }

    private TimeSpan Clamp(TimeSpan patience) => patience < least ? least : patience > Most ? Most : patience;
}
