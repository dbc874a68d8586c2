using System.Text;
using Gateway.Mime;
using Gateway.Relay.Clock;
using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Delivery.Poison;
using Gateway.Relay.Message;
using Gateway.Relay.Queue;
using Gateway.Relay.Telemetry;
using Gateway.Smtp.Client;
using Gateway.Smtp.Protocol;
using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Delivery;

/// <summary>Carries out one delivery attempt of one parcel and says what came of it.</summary>
/// <remarks>
/// By the numbers in <see cref="SendAsync"/>: (0) a journal that convicts ends it, (1) envelope and octets are opened, (2) the hosts that
/// are up are tried in the order of preference, (3) a host in trouble is marked and the next one gets what it did not take
/// (<see cref="FailureTable"/>), what failed by the message is journalled, (4) what becomes of each recipient is decided, (5) what failed for
/// good or for too long is returned to the sender, and only then all of it is logged and counted, (6) the rest waits.
/// Fails: never; an exception is logged and defers the parcel.
/// Threads: any number of attempts at a time.
/// </remarks>
public sealed partial class DeliveryWorker
{
    private readonly IMailQueue _queue;
    private readonly DownstreamPool _clean;
    private readonly DownstreamPool _suspects;
    private readonly BounceWriter _bounces;
    private readonly GatewayMetrics _metrics;
    private readonly Func<IDeliveryProfile> _profile;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly NoticeLimit _notices;
    private readonly SteadyClock _steady;
    private readonly Random _random;

    /// <summary>Makes a worker.</summary>
    /// <param name="queue">Stable storage.</param>
    /// <param name="clean">The connections of clean mail.</param>
    /// <param name="suspects">The connections of suspects: they share none with clean mail.</param>
    /// <param name="bounces">Makes notifications.</param>
    /// <param name="metrics">Counts.</param>
    /// <param name="profile">Routes, rules and retry schedule.</param>
    /// <param name="logs">Logs.</param>
    /// <param name="time">The clock.</param>
    /// <param name="steady">The clock of all ages.</param>
    /// <param name="random">The source of the jitter.</param>
    public DeliveryWorker(
        IMailQueue queue, DownstreamPool clean, DownstreamPool suspects, BounceWriter bounces, GatewayMetrics metrics, Func<IDeliveryProfile> profile,
        ILoggerFactory logs, TimeProvider time, SteadyClock steady, Random random)
    {
        _queue = queue;
        _clean = clean;
        _suspects = suspects;
        _bounces = bounces;
        _metrics = metrics;
        _profile = profile;
        _log = logs.CreateLogger(LogCategories.Deliver);
        _time = time;
        _notices = new NoticeLimit(time);
        _steady = steady;
        _random = random;
        _limit = new BlameLimit(time);
    }

    /// <summary>Tells reviewers what became of released mail; null when nobody reviews.</summary>
    internal Func<Decisions, ValueTask>? Outcomes { get; init; }

    /// <summary>Tries to deliver a parcel.</summary>
    [CatchesAll("a fault of ours costs this attempt and nothing else: it is logged and the parcel waits for its next turn")]
    internal async Task<AttemptResult> AttemptAsync(Parcel parcel, CancellationToken stop)
    {
        try
        {
            return await SendAsync(parcel, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Stopped while it waited for a connection.
            return new AttemptResult(NextStep.Leave, parcel.Recipients, parcel.LastReply);
        }
        catch (Exception e)
        {
            // The one general catch of the delivering side: a fault of ours costs this attempt and nothing else.
            GatewayLog.DeliveryFault(_log, e, parcel.Message.Id.ToString());
            return IsExpired(parcel) ? await ExpireAsync(parcel) : Retry(parcel, parcel.Recipients, "internal fault, see the log");
        }
    }

    /// <summary>Gives a parcel up because it is too old.</summary>
    internal Task<AttemptResult> ExpireAsync(Parcel parcel) => GiveUpAsync(parcel, static decisions => decisions.Expire());

    /// <summary>Gives a parcel up because a person ordered it.</summary>
    internal Task<AttemptResult> ReturnAsync(Parcel parcel, string reason) => GiveUpAsync(parcel, decisions => decisions.Return(reason));

    [CatchesAll("a fault while giving up is logged and costs a retry, never the message")]
    private async Task<AttemptResult> GiveUpAsync(Parcel parcel, Action<Decisions> decide)
    {
        try
        {
            if ((parcel.Message.Envelope ?? _queue.Find(parcel.Message.Id)) is not Envelope envelope)
            {
                return Gone(parcel);
            }

            Decisions decisions = new(parcel, envelope, TimeSpan.Zero);
            decide(decisions);
            return await SettleAsync(decisions, NextStep.Retry);
        }
        catch (Exception e)
        {
            GatewayLog.DeliveryFault(_log, e, parcel.Message.Id.ToString());
            return Retry(parcel, parcel.Recipients, parcel.LastReply);
        }
    }

    private async Task<AttemptResult> SendAsync(Parcel parcel, CancellationToken stop)
    {
        // (0) Verdicts that need no further attempt.
        if (Judge(parcel) is AttemptResult verdict)
        {
            return verdict;
        }

        // (1) Envelope and octets.
        MessageId id = parcel.Message.Id;
        if ((parcel.Message.Envelope ?? _queue.Find(id)) is not Envelope envelope)
        {
            return Gone(parcel);
        }

        if (JudgeKind(parcel, envelope) is AttemptResult held)
        {
            return held;
        }

        TimeSpan waited = _time.GetElapsedTime(parcel.ReadySince);
        using MessageBytes content = _queue.Read(id);
        await using Stream body = content.OpenStream();
        IReadOnlyList<string> batch = RecipientRound.Batch(parcel);
        OutboundMessage message = new(
            envelope.Sender, batch, Encoding.UTF8.GetBytes(envelope.Trace), body, content.Length, envelope.EightBit, envelope.SmtpUtf8)
        {
            Binary = envelope.Binary,
            Unterminated = envelope.Unterminated,
            RequireTls = envelope.RequireTls,
            Client = new OriginalClient(envelope.ClientAddress, envelope.ClientHello, envelope.Protocol, envelope.Id),
            DsnMailParameters = envelope.Dsn is null ? null : DsnParameters.FormatMail(envelope.Dsn.Return, envelope.Dsn.EnvelopeId),
            DsnRecipientParameters = envelope.Dsn?.Format(batch),
        };

        // (2, 3) The hosts, best first.
        List<HostAnswer> answers = await TryHostsAsync(parcel, envelope, message, stop);
        if (answers is [{ LacksEightBit: true }, ..])
        {
            answers = await TryOtherwiseAsync(parcel, envelope, message, answers, stop);
        }

        if (answers.Count == 0)
        {
            return new AttemptResult(NextStep.BackInLine, parcel.Recipients, parcel.LastReply);
        }

        // (4, 5) What becomes of each recipient; too old: the ones that would wait are given up with the refused.
        List<HostAnswer>? surplus = TakeSurplus(answers);
        bool stopping = stop.IsCancellationRequested;
        Decisions decisions = new(parcel, envelope, waited);
        decisions.Take(answers, isExpired: !stopping && IsExpired(parcel));

        // (6) The rest waits: in line for the host, or on its own schedule.
        AttemptResult result = await SettleAsync(decisions, stopping ? NextStep.Leave : decisions.AllSent ? NextStep.Retry : NextOf(parcel, decisions.Waiting));
        return batch.Count == parcel.Recipients.Count && surplus is null ? result : WithRest(parcel, batch, answers, surplus, result);
    }

    /// <summary>Returns what failed to the sender, records what became of each recipient, and says what happens to the rest.</summary>
    [CatchesAll("whoever got the message must not get it again because its bounce failed: logged, and the failed ones stay")]
    private async Task<AttemptResult> SettleAsync(Decisions decisions, NextStep next)
    {
        Parcel parcel = decisions.Parcel;
        Work? bounce = null;
        if (decisions.Told is { } told)
        {
            try
            {
                // It is on stable storage before the recipients are struck off: a crash in between bounces twice, never not at all.
                bounce = await _bounces.ReturnAsync(parcel.Message.Id, decisions.Envelope, told);
            }
            catch (Exception e)
            {
                // Whoever got the message must not get it again for that: only the failed ones stay, and fail again later.
                GatewayLog.DeliveryFault(_log, e, parcel.Message.Id.ToString());
                decisions.KeepFailed();
                next = next == NextStep.Leave ? next : NextStep.Retry;
            }
        }

        Record(decisions, isTold: bounce is not null);
        if (Outcomes is not null)
        {
            await Outcomes(decisions);
        }

        if (decisions.IsKept && next != NextStep.Leave)
        {
            return Keep(decisions, bounce);
        }

        IReadOnlyList<string> waiting = decisions.WaitingRecipients;
        AttemptResult result = next == NextStep.Retry && waiting.Count > 0
            ? Retry(parcel, waiting, decisions.Last)
            : new AttemptResult(next, waiting, decisions.Last);
        return bounce is null ? result : result with { Bounce = bounce };
    }

    /// <summary>Puts on hold what would have been returned, and what waits with it: one message is in one state.</summary>
    private AttemptResult Keep(Decisions decisions, Work? bounce)
    {
        string why = $"kept instead of returned: {decisions.Last}";
        GatewayLog.KeptInsteadOfReturned(_log, decisions.Parcel.Message.Id.ToString(), decisions.Parcel.Destination.Name, decisions.Last);
        return new AttemptResult(NextStep.Hold, decisions.All.Count == 0 ? decisions.Parcel.Recipients : decisions.WaitingRecipients, why) { Bounce = bounce };
    }

    private AttemptResult Retry(Parcel parcel, IReadOnlyList<string> waiting, string last)
    {
        if (parcel.Journal is { Convicts: true })
        {
            return new AttemptResult(NextStep.Retry, waiting, last) { Wait = Deliberation };
        }

        // An attempt on the heels of another is no further step of the schedule.
        int failures = parcel.Journal is { Notes: [.., { AtOnce: true }] } ? Math.Max(1, parcel.Attempts) : parcel.Attempts + 1;
        // A seeded Random is not made for several threads: it would end up saying zero for ever.
        lock (_random)
        {
            return new AttemptResult(NextStep.Retry, waiting, last) { Wait = _profile().RetryOf(parcel.Destination.Route).Wait(failures, _random) };
        }
    }

    /// <summary>The queue does not have it any more, so nobody waits for it: trying on would never end.</summary>
    private AttemptResult Gone(Parcel parcel)
    {
        GatewayLog.Vanished(_log, parcel.Message.Id.ToString());
        return new AttemptResult(NextStep.Leave, [], parcel.LastReply);
    }

    private bool IsExpired(Parcel parcel) => _steady.ProvenAgeOf(parcel.Message.Since) > _profile().RetryOf(parcel.Destination.Route).Lifetime;
}
