namespace Gateway.Relay.Delivery.Routes;

/// <summary>What is done with content that a host does not say it can take: octets above 127 without 8BITMIME (RFC 6152).</summary>
public enum EightBitHandling
{
    /// <summary>It goes back to its sender, when no host of the route can take it.</summary>
    Require,

    /// <summary>It is sent as it is.</summary>
    Send,

    /// <summary>It is encoded in 7 bits, when no host of the route can take it.</summary>
    Convert,
}

/// <summary>What becomes of mail that cannot be delivered.</summary>
public enum UndeliverableMail
{
    /// <summary>It goes back to its sender.</summary>
    Return,

    /// <summary>What a host refuses for good is tried again, as if it had been put off, until it is too old (Postfix's soft_bounce).</summary>
    Defer,

    /// <summary>What would go back, refused or too old, is put on hold for a person to decide about.</summary>
    Hold,
}

/// <summary>What holds for the deliveries of one route; null where what holds for all mail does.</summary>
/// <remarks>Threads: immutable; a reload swaps the whole.</remarks>
public sealed record RouteTerms
{
    /// <summary>The terms of a route about which nothing was said.</summary>
    public static RouteTerms Default { get; } = new();

    /// <summary>When its mail is tried again, and given up.</summary>
    public RetrySchedule? Retry { get; init; }

    /// <summary>How old its mail grows before the sender is told that it is late; zero for never.</summary>
    public TimeSpan? DelayWarning { get; init; }

    /// <summary>Deliveries at once at the most.</summary>
    public int? Concurrency { get; init; }

    /// <summary>Messages a minute at the most; 0 for no limit.</summary>
    public int MessageRate { get; init; }

    /// <summary>Recipients named in one transaction at the most.</summary>
    public int RecipientsPerTransaction { get; init; } = 50;

    /// <summary>What becomes of its mail that cannot be delivered.</summary>
    public UndeliverableMail Undeliverable { get; init; } = UndeliverableMail.Return;

    /// <summary>What is done with content that a host cannot take.</summary>
    public EightBitHandling EightBit { get; init; } = EightBitHandling.Send;

    /// <summary>What is done with signed content that would have to be converted: <see cref="EightBitHandling.Send"/> or <see cref="EightBitHandling.Require"/>.</summary>
    public EightBitHandling EightBitSigned { get; init; } = EightBitHandling.Send;
}
