using Gateway.Relay.Delivery.Hosts;
using Gateway.Relay.Delivery.Poison;
using Gateway.Relay.Message;
using Gateway.Smtp.Client;

namespace Gateway.Relay.Delivery.Lanes;

/// <content>What follows from the facts that workers report: for the hosts, for the parcel, for its kind of message.</content>
internal sealed partial class Destination
{
    /// <summary>A worker begins a transaction of a parcel with a host.</summary>
    /// <returns>How the host stands, for <see cref="Note"/>.</returns>
    public HostMark Begin(Parcel parcel, DownstreamHost host)
    {
        parcel.Host = host;
        return Health.Mark(host);
    }

    /// <summary>Draws the conclusions of what a transaction showed of its host.</summary>
    public HostConclusion Conclude(Parcel parcel, in HostReport report)
    {
        HostFact fact = report.Fact;
        if (fact == HostFact.Refused && report.KnewMessage && IsOfMessage(parcel, report))
        {
            fact = report.Served ? HostFact.Passed : HostFact.Stumbled;
        }

        return fact switch
        {
            HostFact.Refused => Refuse(report),
            HostFact.Passed => IsBack(Pass(parcel, report.Host, report.Taken)),
            HostFact.Answered => IsBack(Health.Answer(report.Host)),
            HostFact.Stumbled => Stumble(parcel, report),
            _ => default,
        };
    }

    /// <summary>Writes an attempt that failed by its message into the parcel's journal.</summary>
    /// <param name="parcel">The parcel.</param>
    /// <param name="host">The host of the attempt.</param>
    /// <param name="note">What happened.</param>
    /// <param name="begin">How the host stood before.</param>
    /// <returns>True when this has made the parcel a suspect.</returns>
    public bool Note(Parcel parcel, DownstreamHost host, AttemptNote note, HostMark begin)
    {
        bool wasSuspect = parcel.HasFailed;
        AttemptJournal journal = parcel.Journal ??= new AttemptJournal([]);
        journal.Add(note, Health, begin, _time.GetTimestamp());
        parcel.Shunned = Blame.BrokeOff(note) ? host : null;
        if (!Blame.IsSuspicious(note))
        {
            return false;
        }

        Stalls.Failed(parcel.Fingerprint);
        return !wasSuspect;
    }

    /// <summary>Whether a parcel's journal says that it is poison, seen with what passed at the hosts until now.</summary>
    public bool Convicts(Parcel parcel)
    {
        if (parcel.Journal is not { IsSuspicious: true } journal)
        {
            return false;
        }

        journal.Review(Health);
        return journal.Convicts;
    }

    /// <summary>Whether messages of this kind were there before each standstill, and so are held as a group.</summary>
    public bool HoldsKind(Parcel parcel, Envelope envelope)
    {
        parcel.Fingerprint = StallLedger.Fingerprint(envelope);
        return Stalls.Holds(parcel.Fingerprint);
    }

    /// <summary>All stands still.</summary>
    /// <param name="underWay">The kinds of what was under way.</param>
    /// <returns>The kinds that are held from now on, because they were there before each standstill.</returns>
    public IEnumerable<ulong> Stall(IEnumerable<ulong> underWay) => Stalls.Stalled(underWay);

    private static HostConclusion IsBack(bool wasDown) => new(wasDown ? HostChange.Back : HostChange.None);

    /// <summary>A host in trouble: it is left alone for a while, or gets fewer deliveries at once when it works for others.</summary>
    private HostConclusion Refuse(in HostReport report)
    {
        if (Health.Refuse(report.Host, report.Reason) is double seconds)
        {
            return new HostConclusion(HostChange.Down, seconds);
        }

        Shrink();
        return new HostConclusion(HostChange.Busy);
    }

    private HostConclusion Stumble(Parcel parcel, in HostReport report)
    {
        if (parcel.Lane == Suspects || !Health.HasStumbled(report.Host, Hosts))
        {
            return default;
        }

        bool wasUp = Health.StateAt(report.Host) == BreakerState.Closed;
        double seconds = Health.MarkDown(report.Host, report.Reason);
        // While another host carries the mail nothing stands still.
        return new HostConclusion(HostChange.Down, seconds, IsStall: wasUp && Standing != HostStanding.Up);
    }

    /// <summary>True when a host calls a trouble its own that it has with this message only.</summary>
    private bool IsOfMessage(Parcel parcel, in HostReport report)
    {
        parcel.Refusals ??= new HostRefusals();
        parcel.Refusals.Note(Health.Mark(report.Host) with { Host = report.Host }, report.Served);
        return parcel.Refusals.IsOwn;
    }
}
