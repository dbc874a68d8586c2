using Gateway.Relay.Delivery.Hosts;
using Gateway.Relay.Delivery.Poison;
using Gateway.Relay.Message;
using Gateway.Relay.Queue;
using Gateway.Smtp.Client;

namespace Gateway.Relay.Delivery.Lanes;

/// <summary>A message that is not finished: what is left of it goes out in one or more parcels.</summary>
/// <remarks>Threads: <see cref="Open"/> and <see cref="IsRemoved"/> are guarded by the object itself, taken before any destination's lock.</remarks>
internal sealed class QueuedMessage(Lease lease, Envelope envelope)
{
    public Lease Lease => lease;

    public MessageId Id => lease.Id;

    public long Size { get; } = envelope.Size;

    public DateTimeOffset ReceivedAt { get; } = envelope.ReceivedAt;

    /// <summary>What the steady clock said then: ages are counted from it.</summary>
    public TimeSpan Since { get; } = envelope.Since;

    /// <summary>Kept only while the queue is short; a long queue reads it back from the spool when its turn comes.</summary>
    public Envelope? Envelope { get; set; } = envelope.IsBrief ? null : envelope;

    /// <summary>Parcels with recipients still to be served.</summary>
    public List<Parcel> Open { get; } = new(1);

    /// <summary>Tagged by risky rules, or released from the quarantine: it travels as a suspect from the start.</summary>
    public bool IsRisky { get; } = envelope.Risky || envelope.ReleasedFrom is not null;

    /// <summary>True for a notification that we made ourselves.</summary>
    public bool IsNotification { get; } = envelope.IsNotification;

    /// <summary>The route that a person ordered instead of the one of its domains, or null.</summary>
    public string? Route { get; set; }

    /// <summary>Why the message is on hold, or null.</summary>
    public string? Hold { get; set; }

    /// <summary>Why what is left of the message goes to the quarantine, or leaves for good: the verdict of downstream-poison, or an order.</summary>
    public QuarantineReason? Quarantine { get; set; }

    /// <summary>The sender was told that it is late, or would have been had it wanted to.</summary>
    public bool IsWarned { get; set; }

    /// <summary>An administrator removed the message for good.</summary>
    [Outcome]
    public bool IsRemoved { get; set; }
}

/// <summary>Where a parcel is.</summary>
internal enum ParcelState
{
    /// <summary>In its destination's line.</summary>
    Ready,

    /// <summary>With a worker.</summary>
    Sending,

    /// <summary>Waiting for its next try.</summary>
    Deferred,

    /// <summary>Put aside until a person lets it go on.</summary>
    OnHold,

    /// <summary>Nothing left to do.</summary>
    Closed,
}

/// <summary>The part of a message that goes to one destination: the unit of scheduling.</summary>
/// <remarks>
/// Threads: the state belongs to the destination and is changed under its lock; the rest is written by the worker that has the
/// parcel, under the message's lock.
/// </remarks>
internal sealed class Parcel
{
    /// <summary>The order in which deferred parcels are due.</summary>
    public static readonly IComparer<Parcel> ByDue = Comparer<Parcel>.Create(static (a, b) =>
        a.Due.CompareTo(b.Due) is not 0 and int byTime ? byTime : a.Message.Id.CompareTo(b.Message.Id));

    public Parcel(QueuedMessage message, Destination destination, string sender, IReadOnlyList<string> recipients)
        : this(message, destination, FairLine.PlaceOf(sender, recipients[0]), recipients)
    {
    }

    private Parcel(QueuedMessage message, Destination destination, byte place, IReadOnlyList<string> recipients)
    {
        Message = message;
        Destination = destination;
        Recipients = recipients;
        InLine = new LinkedListNode<Parcel>(this);
        Place = place;
    }

    /// <summary>Recipients of this one on their way to another destination, of whose hosts nothing is known: no strikes, no wait.</summary>
    public Parcel To(Destination destination, IReadOnlyList<string> recipients) =>
        new(Message, destination, Place, recipients) { Attempts = Attempts, LastReply = LastReply, Returned = Returned };

    public QueuedMessage Message { get; }

    public Destination Destination { get; }

    /// <summary>Its place in the line, so that it can leave from the middle.</summary>
    public LinkedListNode<Parcel> InLine { get; }

    /// <summary>Its place among those under way; null while it waits, as most of a long queue does.</summary>
    public LinkedListNode<Parcel>? Seat { get; set; }

    /// <summary>Which place of a <see cref="FairLine"/> its sender and recipient domain have.</summary>
    public byte Place { get; }

    /// <summary>The line it stands in, or null.</summary>
    public FairLine? Line { get; set; }

    /// <summary>The lane it was in last.</summary>
    public Lane? Lane { get; set; }

    /// <summary>Timestamp of the begin of the attempt under way.</summary>
    public long Began { get; set; }

    /// <summary>The host of the attempt under way.</summary>
    public DownstreamHost? Host { get; set; }

    /// <summary>The host that broke off under it last: another one has the next turn. Null when none did.</summary>
    public DownstreamHost? Shunned { get; set; }

    /// <summary>Refusals that were put down to its hosts; null while there was none.</summary>
    public HostRefusals? Refusals { get; set; }

    /// <summary>What kind of message it is, for stalls; 0 until its first attempt.</summary>
    public ulong Fingerprint { get; set; }

    /// <summary>Its failed attempts; null while there was none.</summary>
    public AttemptJournal? Journal { get; set; }

    /// <summary>True when it failed behind DATA before: the host may have choked on it.</summary>
    public bool HasFailed => Journal is { IsSuspicious: true };

    /// <summary>True when it has to travel in the lane of suspects.</summary>
    public bool IsSuspect => Message.IsRisky || HasFailed;

    public IReadOnlyList<string> Recipients { get; set; }

    public ParcelState State { get; set; } = ParcelState.Ready;

    public int Attempts { get; set; }

    /// <summary>Timestamp of the next try; 0 when none was ever put off. Does not change while the parcel is deferred.</summary>
    public long Due { get; set; }

    public string LastReply { get; set; } = string.Empty;

    /// <summary>How far it has come with its recipients; null at the begin, and where they fit into one transaction.</summary>
    public RecipientRound? Round { get; set; }

    /// <summary>Why a person gives it up, ordered while it was under way; or null.</summary>
    public string? Returned { get; set; }

    /// <summary>Timestamp of getting in line, for the delay in the queue.</summary>
    public long ReadySince { get; set; }
}
