namespace Gateway.Relay.Delivery.Lanes;

/// <summary>The lane of suspects, with seats and connections of its own: mail that was tagged by risky rules, and mail that failed behind DATA.</summary>
/// <remarks>
/// Of those that failed, one is tried at a time (and one more while it hangs): what then happens to the host tells about it alone.
/// The two kinds take turns.
/// </remarks>
internal sealed class SuspectLane(int spares, TimeProvider time) : Lane(spares, time)
{
    private readonly FairLine _tagged = new();
    private readonly FairLine _failed = new();
    private bool _turn;

    /// <inheritdoc/>
    protected override int InLine => _tagged.Count + _failed.Count;

    /// <inheritdoc/>
    protected override int Ready => _tagged.Count + (MayTryFailed ? 1 : 0);

    /// <inheritdoc/>
    protected override IEnumerable<Parcel> Lines => _tagged.All.Concat(_failed.All);

    private bool MayTryFailed => _failed.Count > 0 && !SendsFailed;

    /// <inheritdoc/>
    protected override void Queue(Parcel parcel) => (parcel.HasFailed ? _failed : _tagged).Add(parcel);

    /// <inheritdoc/>
    protected override Parcel? TakeInLine()
    {
        _turn = !_turn;
        return _turn ? TakeFailed() ?? _tagged.Take() : _tagged.Take() ?? TakeFailed();
    }

    private Parcel? TakeFailed() => MayTryFailed ? _failed.Take() : null;
}
