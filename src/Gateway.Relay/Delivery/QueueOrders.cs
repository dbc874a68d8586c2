using Gateway.Relay.Message;

namespace Gateway.Relay.Delivery;

/// <summary>What an administrator can order for queued messages.</summary>
public enum QueueOrder
{
    /// <summary>Keep it until it is resumed; survives restarts.</summary>
    Hold,

    /// <summary>Let what is on hold go on.</summary>
    Resume,

    /// <summary>Try it now, also when its hosts are down.</summary>
    Retry,

    /// <summary>Take it out of the queue without a bounce; for a day it lies in the quarantine and can be released.</summary>
    Remove,

    /// <summary>Send it another way than its domain's; survives restarts and reloads.</summary>
    Move,

    /// <summary>Return it to its sender now.</summary>
    Bounce,
}

/// <summary>What an order came to, or would come to: count, under way, gone and failed are together what was asked.</summary>
/// <param name="Count">Messages it was carried out for.</param>
/// <param name="Sample">The oldest of them.</param>
public sealed record QueueOrderOutcome(int Count, IReadOnlyList<QueueEntry> Sample)
{
    /// <summary>Messages that fitted when the order was given.</summary>
    public int Asked { get; init; }

    /// <summary>Messages that were with a host and were left to end as they would; what is left of them then is quarantined or removed as ordered.</summary>
    public int UnderWay { get; init; }

    /// <summary>Messages that had left the queue, or the state that was asked for, before their turn came.</summary>
    public int Gone { get; init; }

    /// <summary>Messages for which it could not be done; they stay as they were.</summary>
    public int Failed { get; init; }

    /// <summary>The first of them, and why.</summary>
    public IReadOnlyList<QueueOrderFailure> Failures { get; init; } = [];
}

/// <summary>A message for which an order could not be carried out.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Reason">Why.</param>
public sealed record QueueOrderFailure(string Id, string Reason);

/// <summary>How many messages are in which state.</summary>
/// <param name="Active">In line or under way.</param>
/// <param name="Deferred">Waiting for their next try, or for a host.</param>
/// <param name="OnHold">On hold.</param>
/// <param name="OldestAge">How old the oldest is; null without any.</param>
public readonly record struct QueueTotals(int Active, int Deferred, int OnHold, TimeSpan? OldestAge)
{
    /// <summary>The states that move by themselves, and the oldest.</summary>
    public void Deconstruct(out int active, out int deferred, out TimeSpan? oldestAge)
    {
        active = Active;
        deferred = Deferred;
        oldestAge = OldestAge;
    }
}

/// <summary>Messages to one route that wait for the same reason.</summary>
/// <param name="Route">Where they go.</param>
/// <param name="State">How they wait.</param>
/// <param name="Reason">The last answer, numbers behind the codes left out; empty when there was none.</param>
/// <param name="Count">How many.</param>
/// <param name="Octets">Their size together.</param>
/// <param name="Oldest">When the oldest was received.</param>
/// <param name="Ages">How many were received within 5 minutes, 1 hour, 6 hours, 1 day, and longer ago.</param>
public sealed record QueueGroup(
    string Route, RelayState State, string Reason, int Count, long Octets, DateTimeOffset Oldest, IReadOnlyList<int> Ages);
