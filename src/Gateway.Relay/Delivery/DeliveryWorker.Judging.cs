using Gateway.Mime;
using Gateway.Relay.Delivery.Hosts;
using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Delivery.Poison;
using Gateway.Relay.Message;
using Gateway.Relay.Telemetry;
using Gateway.Smtp.Client;

namespace Gateway.Relay.Delivery;

/// <content>What an attempt says about its host and about its message.</content>
public sealed partial class DeliveryWorker
{
    private readonly BlameLimit _limit;

    /// <summary>The wait before a verdict, so that everything that failed together is known.</summary>
    private static readonly TimeSpan Deliberation = TimeSpan.FromSeconds(2);

    /// <summary>The verdict that a parcel's journal calls for, or null when it is to be tried.</summary>
    private AttemptResult? Judge(Parcel parcel)
    {
        if (parcel.Journal is not { IsSuspicious: true } journal)
        {
            return null;
        }

        journal.Review(parcel.Destination.Health);
        if (!journal.Convicts || _profile().Rules.ActionOf(Evidence.Rule) < RuleAction.Quarantine)
        {
            return null;
        }

        string id = parcel.Message.Id.ToString();
        if (!_limit.TryBlame(_profile().PoisonPerHour, out bool alert))
        {
            _metrics.Poison("limited");
            if (alert)
            {
                GatewayLog.PoisonLimit(_log, id, _profile().PoisonPerHour);
            }

            return null;
        }

        _metrics.Poison("quarantined");
        GatewayLog.Poison(_log, id, parcel.Destination.Name, journal.Notes.Count, AttemptJournal.Describe(journal.Notes[^1]));
        return new AttemptResult(NextStep.Poison, parcel.Recipients, parcel.LastReply)
        {
            Evidence = Evidence.Of(journal.Notes, parcel.Fingerprint),
        };
    }

    /// <summary>Holds a parcel whose kind was there before each standstill.</summary>
    private AttemptResult? JudgeKind(Parcel parcel, Envelope envelope)
    {
        parcel.Fingerprint = StallLedger.Fingerprint(envelope);
        if (!parcel.Destination.Stalls.Holds(parcel.Fingerprint))
        {
            return null;
        }

        _metrics.Poison("group");
        return new AttemptResult(NextStep.Hold, parcel.Recipients, $"{Evidence.Rule.Name} group {parcel.Fingerprint:x16}");
    }

    /// <summary>Notes what an attempt tells about its host.</summary>
    private void JudgeHost(Parcel parcel, DownstreamHost host, DeliveryReport report)
    {
        RecipientOutcome first = report.Recipients[0];
        if (report.ScopeOf(first) == FailureScope.Gateway)
        {
            return;
        }

        Destination destination = parcel.Destination;
        bool served = report.Recipients.Any(static r => r.Outcome == DeliveryOutcome.Delivered);
        RecipientOutcome? trouble = report.Recipients.FirstOrDefault(r => new HostAnswer(r, report).IsOfHost);
        if (trouble is not null && !IsOwn(parcel, host, trouble, served))
        {
            Refuse(destination, host, LogText.Reply(DeliveryText.Answer(trouble, report)));
            return;
        }

        bool isBack = false;
        if (served)
        {
            isBack = destination.Pass(parcel, host, report.TransmissionTime);
        }
        else if (trouble is null && !report.Recipients.All(static r => r.Outcome.BlamesHost()))
        {
            isBack = destination.Health.Answer(host);
        }
        else if (parcel.Lane != destination.Suspects && destination.Health.HasStumbled(host, destination.Hosts))
        {
            bool wasUp = destination.Health.StateAt(host) == BreakerState.Closed;
            string reason = LogText.Reply(DeliveryText.Answer(first, report));
            GatewayLog.HostDown(_log, host.ToString(), reason, destination.Health.MarkDown(host, reason));
            // While another host carries the mail nothing stands still.
            if (wasUp && destination.Standing != HostStanding.Up)
            {
                NoteStall(destination, host, [parcel.Fingerprint]);
            }
        }

        if (isBack)
        {
            GatewayLog.HostUp(_log, host.ToString());
        }
    }

    /// <summary>A host in trouble: it is left alone for a while, or gets fewer deliveries at once when it works for others.</summary>
    private void Refuse(Destination destination, DownstreamHost host, string reason)
    {
        if (destination.Health.Refuse(host, reason) is double seconds)
        {
            GatewayLog.HostDown(_log, host.ToString(), reason, seconds);
        }
        else
        {
            destination.Shrink();
            GatewayLog.HostBusy(_log, host.ToString(), reason);
        }
    }

    /// <summary>True when a host calls a trouble its own that it has with this message only. Before MAIL it knows no message.</summary>
    private static bool IsOwn(Parcel parcel, DownstreamHost host, RecipientOutcome trouble, bool served)
    {
        if (trouble.Step < DeliveryStep.Reset)
        {
            return false;
        }

        parcel.Refusals ??= new HostRefusals();
        parcel.Refusals.Note(parcel.Destination.Health.Mark(host) with { Host = host }, served);
        return parcel.Refusals.IsOwn;
    }

    /// <summary>Notes a standstill of a host, and holds the kinds that were there before each of them.</summary>
    internal void NoteStall(Destination destination, DownstreamHost host, IEnumerable<ulong> underWay)
    {
        _metrics.Stall();
        GatewayLog.Stalled(_log, host.ToString());
        foreach (ulong fingerprint in destination.Stalls.Stalled(underWay))
        {
            GatewayLog.GroupOnHold(_log, $"{fingerprint:x16}", destination.Name);
        }
    }

    /// <summary>Writes an attempt that failed by its message into the parcel's journal.</summary>
    private void JudgeMessage(Parcel parcel, DownstreamHost host, DeliveryReport report, HostMark begin, DateTimeOffset at)
    {
        RecipientOutcome? outcome = report.Recipients
            .Where(r => r.Outcome.IsTransient() && !r.IsSurplus && report.ScopeOf(r) == FailureScope.Message)
            .OrderBy(static r => r.Outcome == DeliveryOutcome.Deferred).ThenBy(static r => Blame.NamesCause(r.Reply)).FirstOrDefault();
        if (outcome is null)
        {
            return;
        }

        bool isPartial = report.Recipients.Any(static r => r.Outcome == DeliveryOutcome.Delivered);
        AttemptNote note = new()
        {
            At = at,
            Route = parcel.Destination.Name,
            Host = DeliveryText.Relay(report),
            Suspect = parcel.Lane == parcel.Destination.Suspects,
            // What some recipients got is no fault of the content.
            Step = isPartial ? DeliveryStep.Recipient : outcome.Step,
            Outcome = outcome.Outcome,
            Reply = LogText.Reply(DeliveryText.Answer(outcome, report)),
            Steps = AttemptJournal.Transcript(report),
            Seconds = report.TransmissionTime.TotalSeconds,
            NamesCause = Blame.NamesCause(outcome.Reply),
            IsLate = report.TransmissionTime - report.Steps.FinalDot > parcel.Destination.Patience,
            AtOnce = parcel.Journal is { Notes: [.., AttemptNote last] } && at - last.At < Blame.SameEvent,
        };
        bool wasSuspect = parcel.HasFailed;
        AttemptJournal journal = parcel.Journal ??= new AttemptJournal([]);
        journal.Add(note, parcel.Destination.Health, begin, _time.GetTimestamp());
        parcel.Shunned = Blame.BrokeOff(note) ? host : null;
        if (Blame.IsSuspicious(note))
        {
            parcel.Destination.Stalls.Failed(parcel.Fingerprint);
            _metrics.Suspect(note.Step.ToString());
            if (!wasSuspect)
            {
                GatewayLog.Suspect(_log, parcel.Message.Id.ToString(), parcel.Destination.Name, AttemptJournal.Describe(journal.Notes[^1]));
            }
        }
    }
}
