using Gateway.Mime;
using Gateway.Relay.Delivery.Poison;
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
    /// <returns>True when the next host should be tried.</returns>
    private bool JudgeHost(Parcel parcel, DownstreamHost host, DeliveryReport report)
    {
        Destination destination = parcel.Destination;
        bool suspect = parcel.Lane == destination.Suspects;
        if (IsHostTrouble(report))
        {
            double? pause = destination.Health.Refuse(host);
            string reason = LogText.Reply(Answer(report.Recipients[0], report));
            if (pause is double seconds)
            {
                GatewayLog.HostDown(_log, host.ToString(), reason, seconds);
            }
            else
            {
                destination.Shrink();
                GatewayLog.HostBusy(_log, host.ToString(), reason);
            }

            return true;
        }

        if (report.Recipients[0].Outcome is DeliveryOutcome.Interrupted or DeliveryOutcome.ContentUnavailable)
        {
            return false;
        }

        bool isBack = false;
        if (report.Recipients.Any(static r => r.Outcome == DeliveryOutcome.Delivered))
        {
            isBack = destination.Pass(parcel, host, report.TransmissionTime);
        }
        else if (!report.Recipients.All(static r => r.Outcome.BlamesHost()))
        {
            isBack = destination.Health.Answer(host);
        }
        else if (!suspect && destination.Health.HasStumbled(host))
        {
            bool wasUp = destination.Health.StateAt(host) == BreakerState.Closed;
            double seconds = destination.Health.MarkDown(host);
            GatewayLog.HostDown(_log, host.ToString(), LogText.Reply(Answer(report.Recipients[0], report)), seconds);
            if (wasUp)
            {
                NoteStall(destination, host, [parcel.Fingerprint]);
            }
        }

        if (isBack)
        {
            GatewayLog.HostUp(_log, host.ToString());
        }

        return false;
    }

    /// <summary>Notes a standstill of a host, and holds the kinds that were there before each of them.</summary>
    internal void NoteStall(Destination destination, DownstreamHost host, IEnumerable<ulong> underWay)
    {
        _metrics.Stall();
        GatewayLog.Stalled(_log, host.ToString());
        foreach (ulong fingerprint in destination.Stalls.Stalled(underWay))
        {
            GatewayLog.GroupHeld(_log, $"{fingerprint:x16}", destination.Name);
        }
    }

    /// <summary>Writes a failed attempt into the parcel's journal.</summary>
    private void JudgeMessage(Parcel parcel, DeliveryReport report, HostMark begin, DateTimeOffset at)
    {
        if (!report.Recipients.Any(static r => r.Outcome.IsTransient()))
        {
            return;
        }

        bool isPartial = report.Recipients.Any(static r => r.Outcome == DeliveryOutcome.Delivered);
        RecipientOutcome outcome = report.Recipients.Where(static r => r.Outcome.IsTransient())
            .OrderBy(static r => r.Outcome == DeliveryOutcome.Deferred).ThenBy(static r => Blame.NamesCause(r.Reply)).First();
        AttemptNote note = new()
        {
            At = at,
            Route = parcel.Destination.Name,
            Host = DeliveryText.Relay(report),
            Suspect = parcel.Lane == parcel.Destination.Suspects,
            // What some recipients got is no fault of the content.
            Step = isPartial ? DeliveryStep.Recipient : report.Reached,
            Outcome = outcome.Outcome,
            Reply = LogText.Escape(Answer(outcome, report)),
            Steps = AttemptJournal.Transcript(report),
            Seconds = report.TransmissionTime.TotalSeconds,
            NamesCause = Blame.NamesCause(outcome.Reply),
            AtOnce = parcel.Journal is { Notes: [.., AttemptNote last] } && at - last.At < Blame.SameEvent,
        };
        bool wasSuspect = parcel.HasFailed;
        AttemptJournal journal = parcel.Journal ??= new AttemptJournal([]);
        journal.Add(note, parcel.Destination.Health, begin, _time.GetTimestamp());
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

    /// <summary>
    /// The host closed the connection without a word, as it does with all of them when it chokes on one message: whoever merely stood
    /// nearby is not to wait for a retry. Once only: a host that does it again is left alone for a while.
    /// </summary>
    private static bool WasDropped(Parcel parcel, DeliveryReport report) =>
        parcel.Attempts == 0 && report.Recipients.All(static r => r.Outcome == DeliveryOutcome.Disconnected);

    /// <summary>
    /// The attempt never got to speak about the message: it ended before MAIL. A 5xx there refuses us, not the
    /// message, so nothing bounces for it (Postfix's smtp_skip_5xx_greeting).
    /// </summary>
    private static bool IsHostTrouble(DeliveryReport report) => report.Reached < DeliveryStep.Mail && report.Recipients[0].Outcome
        is not (DeliveryOutcome.ContentUnavailable or DeliveryOutcome.CapabilityMissing or DeliveryOutcome.TooLarge or DeliveryOutcome.Interrupted);
}
