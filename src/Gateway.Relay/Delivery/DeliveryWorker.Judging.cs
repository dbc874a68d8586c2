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
        if (!parcel.Destination.Convicts(parcel) || _profile().Rules.ActionOf(Evidence.Rule) < RuleAction.Quarantine)
        {
            return null;
        }

        AttemptJournal journal = parcel.Journal!;
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
        if (!parcel.Destination.HoldsKind(parcel, envelope))
        {
            return null;
        }

        _metrics.Poison("group");
        return new AttemptResult(NextStep.Hold, parcel.Recipients, $"{Evidence.Rule.Name} group {parcel.Fingerprint:x16}");
    }

    /// <summary>Reports what an attempt shows of its host, and says in the log what follows from it.</summary>
    private void JudgeHost(Parcel parcel, DownstreamHost host, DeliveryReport report)
    {
        HostReport seen = Seen(host, report);
        HostConclusion conclusion = parcel.Destination.Conclude(parcel, seen);
        switch (conclusion.Change)
        {
            case HostChange.Back:
                GatewayLog.HostUp(_log, host.ToString());
                break;
            case HostChange.Busy:
                GatewayLog.HostBusy(_log, host.ToString(), seen.Reason);
                break;
            case HostChange.Down:
                GatewayLog.HostDown(_log, host.ToString(), seen.Reason, conclusion.Seconds);
                break;
            default:
                break;
        }

        if (conclusion.IsStall)
        {
            NoteStall(parcel.Destination, host, [parcel.Fingerprint]);
        }
    }

    /// <summary>What an attempt shows of its host. Before MAIL a host knows no message.</summary>
    private static HostReport Seen(DownstreamHost host, DeliveryReport report)
    {
        RecipientOutcome first = report.Recipients[0];
        if (report.ScopeOf(first) == FailureScope.Gateway)
        {
            return new HostReport(host, HostFact.None, string.Empty);
        }

        bool served = report.Recipients.Any(static r => r.Outcome == DeliveryOutcome.Delivered);
        if (report.Recipients.FirstOrDefault(r => new HostAnswer(r, report).IsOfHost) is { } trouble)
        {
            return new HostReport(host, HostFact.Refused, Said(trouble, report))
            {
                Served = served, KnewMessage = trouble.Step >= DeliveryStep.Reset, Taken = report.TransmissionTime,
            };
        }

        return served ? new HostReport(host, HostFact.Passed, string.Empty) { Served = true, Taken = report.TransmissionTime }
            : report.Recipients.All(static r => r.Outcome.BlamesHost()) ? new HostReport(host, HostFact.Stumbled, Said(first, report))
            : new HostReport(host, HostFact.Answered, string.Empty);
    }

    private static string Said(RecipientOutcome outcome, DeliveryReport report) => LogText.Reply(DeliveryText.Answer(outcome, report));

    /// <summary>Says that a host came to a standstill, and which kinds are held because they were there before each of them.</summary>
    internal void NoteStall(Destination destination, DownstreamHost host, IEnumerable<ulong> underWay)
    {
        _metrics.Stall();
        GatewayLog.Stalled(_log, host.ToString());
        foreach (ulong fingerprint in destination.Stall(underWay))
        {
            GatewayLog.GroupOnHold(_log, $"{fingerprint:x16}", destination.Name);
        }
    }

    /// <summary>Reports an attempt that failed by its message.</summary>
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
            Reply = Said(outcome, report),
            Steps = AttemptJournal.Transcript(report),
            Seconds = report.TransmissionTime.TotalSeconds,
            NamesCause = Blame.NamesCause(outcome.Reply),
            IsLate = report.TransmissionTime - report.Steps.FinalDot > parcel.Destination.Patience,
            AtOnce = parcel.Journal is { Notes: [.., AttemptNote last] } && at - last.At < Blame.SameEvent,
        };
        bool isNew = parcel.Destination.Note(parcel, host, note, begin);
        if (Blame.IsSuspicious(note))
        {
            _metrics.Suspect(note.Step.ToString());
        }

        if (isNew)
        {
            GatewayLog.Suspect(_log, parcel.Message.Id.ToString(), parcel.Destination.Name, AttemptJournal.Describe(parcel.Journal!.Notes[^1]));
        }
    }
}
