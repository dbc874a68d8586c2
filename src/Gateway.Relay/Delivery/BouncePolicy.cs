namespace Gateway.Relay.Delivery;

/// <summary>Whose mail may cause notifications to its sender.</summary>
public enum BounceSenders
{
    /// <summary>That of every client.</summary>
    All,

    /// <summary>That of clients which have authenticated, of clients of an allowed network, and our own.</summary>
    Allowed,

    /// <summary>Nobody's.</summary>
    None,
}

/// <summary>Which notifications (bounces, delay warnings, success reports) are made, how many, and what becomes of those that fail.</summary>
/// <remarks>
/// A stranger's mail has a sender that anybody may have written there: to return it is to send mail to a victim (backscatter).
/// Threads: immutable. Source: RFC 5321 sections 4.5.5, 6.1 and 6.2, RFC 3834 section 2.
/// </remarks>
public sealed record BouncePolicy
{
    /// <summary>Notifications that wait for their turn at the most: what the limit lets out in an hour.</summary>
    internal static readonly TimeSpan LongestQueue = TimeSpan.FromHours(1);

    /// <summary>Whose mail may cause one.</summary>
    public BounceSenders Senders { get; init; } = BounceSenders.All;

    /// <summary>Notifications a minute; more wait for their turn. 0 for no limit.</summary>
    public int PerMinute { get; init; }

    /// <summary>Who is told of a notification that cannot be delivered; empty for the log only.</summary>
    public string Postmaster { get; init; } = string.Empty;
}
