namespace Gateway.Relay.Delivery.Lanes;

/// <summary>The lane of mail that nothing speaks against: fresh mail before retries.</summary>
internal sealed class CleanLane(int spares, TimeProvider time) : Lane(spares, time)
{
    private readonly FairLine _fresh = new();
    private readonly FairLine _retries = new();

    /// <inheritdoc/>
    protected override int InLine => _fresh.Count + _retries.Count;

    /// <inheritdoc/>
    protected override IEnumerable<Parcel> Lines => _fresh.All.Concat(_retries.All);

    /// <inheritdoc/>
    protected override void Queue(Parcel parcel) => (parcel.Attempts == 0 ? _fresh : _retries).Add(parcel);

    /// <inheritdoc/>
    protected override Parcel? TakeInLine() => _fresh.Take() ?? _retries.Take();
}
