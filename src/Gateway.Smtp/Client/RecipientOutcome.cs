using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Client;

/// <summary>How a delivery attempt ended for one recipient.</summary>
/// <param name="Recipient">The forward-path as it was given.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Reply">What the host said about it; null when it said nothing.</param>
public sealed record RecipientOutcome(string Recipient, DeliveryOutcome Outcome, SmtpReply? Reply)
{
    /// <summary>
    /// True when the host took recipients before it and says that this one is too many for one transaction: it was not judged, and belongs into
    /// the next transaction (RFC 5321 section 4.5.3.1.10).
    /// </summary>
    public bool IsSurplus { get; init; }

    /// <summary>The step in which that was decided.</summary>
    public DeliveryStep Step { get; init; }

    /// <summary>The status for logs and bounces: the host's own enhanced code, or the one that fits the outcome.</summary>
    public EnhancedCode Status
    {
        get => field.IsNone ? Reply is { Enhanced.IsNone: false } reply ? reply.Enhanced : Outcome.DefaultStatus() : field;
        init;
    }
}
