namespace Gateway.Relay.Delivery.Lanes;

/// <summary>How far a parcel with more recipients than fit into one transaction has come.</summary>
/// <param name="Tried">So many of its recipients, the first ones, had their turn and wait until all had it.</param>
/// <param name="Limit">So many its host took at a time; <see cref="int.MaxValue"/> while it took all.</param>
internal sealed record RecipientRound(int Tried, int Limit)
{
    /// <summary>Recipients that the next transaction of a parcel names.</summary>
    public static IReadOnlyList<string> Batch(Parcel parcel)
    {
        int most = Math.Min(parcel.Destination.Route.Terms.RecipientsPerTransaction, parcel.Round?.Limit ?? int.MaxValue);
        return parcel.Round is null && parcel.Recipients.Count <= most
            ? parcel.Recipients
            : [.. parcel.Recipients.Skip(parcel.Round?.Tried ?? 0).Take(most)];
    }
}
