using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Client;

/// <summary>What a failure is about, and with that what is tried next. The closed catalogue; tests and documentation enumerate it.</summary>
public enum FailureScope
{
    /// <summary>The message or the recipient: 4xx waits on the message's own schedule, 5xx is returned to the sender.</summary>
    Message,

    /// <summary>The host: the next host of the route is tried at once; where there is none the line waits for the host. Nothing is returned.</summary>
    Host,

    /// <summary>The connection: the message goes over a new one at once, and nothing is held against message or host.</summary>
    Session,

    /// <summary>The gateway itself: nothing is held against message or host.</summary>
    Gateway,
}

/// <summary>One way in which an attempt failed for one recipient.</summary>
/// <param name="Step">The step in which it failed.</param>
/// <param name="Outcome">How it failed.</param>
/// <param name="Reply">What the host said; null when it said nothing.</param>
/// <param name="IsReused">The connection had carried a message before.</param>
/// <param name="IsInClear">The connection is in clear because TLS failed on the one before it.</param>
public readonly record struct Failure(DeliveryStep Step, DeliveryOutcome Outcome, SmtpReply? Reply, bool IsReused, bool IsInClear);

/// <summary>One row of <see cref="FailureTable"/>.</summary>
/// <param name="When">The failures it is for, in words.</param>
/// <param name="Scope">What they are about.</param>
/// <param name="Because">Why, in words.</param>
public sealed record FailureRule(string When, FailureScope Scope, string Because)
{
    internal Func<Failure, bool> Applies { get; init; } = static _ => true;
}
