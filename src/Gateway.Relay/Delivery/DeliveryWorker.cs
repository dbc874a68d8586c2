using System.Text;
using Gateway.Mime;
using Gateway.Relay.Delivery.Poison;
using Gateway.Relay.Queue;
using Gateway.Relay.Telemetry;
using Gateway.Smtp.Client;
using Gateway.Smtp.Protocol;
using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Delivery;

/// <summary>Carries out one delivery attempt of one parcel and says what came of it.</summary>
/// <remarks>
/// By the numbers in <see cref="SendAsync"/>: (0) a journal that convicts ends it, (1) envelope and octets are opened, (2) the hosts that
/// are up are tried in the order of preference, (3) a host that cannot be used is marked and the next one tried, what failed is
/// journalled, (4) the outcomes are logged and counted for each recipient, (5) what failed for good or for too long is returned to the
/// sender, (6) the rest waits.
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
    private readonly Func<RelayProfile> _profile;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
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
    /// <param name="random">The source of the jitter.</param>
    public DeliveryWorker(
        IMailQueue queue, DownstreamPool clean, DownstreamPool suspects, BounceWriter bounces, GatewayMetrics metrics, Func<RelayProfile> profile,
        ILoggerFactory logs, TimeProvider time, Random random)
    {
        _queue = queue;
        _clean = clean;
        _suspects = suspects;
        _bounces = bounces;
        _metrics = metrics;
        _profile = profile;
        _log = logs.CreateLogger(LogCategories.Deliver);
        _time = time;
        _random = random;
        _limit = new BlameLimit(time);
    }

    /// <summary>Tries to deliver a parcel.</summary>
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
            return IsExpired(parcel.Message.ReceivedAt) ? await ExpireAsync(parcel) : Retry(parcel, parcel.Recipients, "internal fault, see the log");
        }
    }

    /// <summary>Gives a parcel up because it is too old.</summary>
    internal async Task<AttemptResult> ExpireAsync(Parcel parcel)
    {
        try
        {
            if ((parcel.Message.Envelope ?? _queue.Find(parcel.Message.Id)) is not Envelope envelope)
            {
                return Gone(parcel);
            }

            string last = parcel.LastReply.Length > 0 ? parcel.LastReply : "no host could be reached";
            return await SettleAsync(
                parcel, envelope, NextStep.Retry, [], [.. parcel.Recipients.Select(r => ReportedRecipient.Expired(r, last))], [], last);
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
        OutboundMessage message = new(
            envelope.Sender, parcel.Recipients, Encoding.UTF8.GetBytes(envelope.Trace), body, content.Length, envelope.EightBit, envelope.SmtpUtf8)
        {
            Binary = envelope.Binary,
            Unterminated = envelope.Unterminated,
            RequireTls = envelope.RequireTls,
            Client = new OriginalClient(envelope.ClientAddress, envelope.ClientHello, envelope.Protocol, envelope.Id),
            DsnMailParameters = envelope.Dsn is null ? null : DsnParameters.FormatMail(envelope.Dsn.Return, envelope.Dsn.EnvelopeId),
            DsnRecipientParameters = envelope.Dsn?.Format(parcel.Recipients),
        };

        // (2) The hosts, best first.
        DeliveryReport? report = null;
        DownstreamPool pool = parcel.Lane == parcel.Destination.Suspects ? _suspects : _clean;
        IReadOnlyList<DownstreamHost> hosts = InOrder(parcel.Destination.Route);
        if (parcel.Destination.Route.ByMx)
        {
            (hosts, report) = await LookUpAsync(parcel, stop);
        }

        foreach (DownstreamHost host in parcel.Destination.Health.Claim(hosts))
        {
            body.Position = 0;
            parcel.Host = host;
            HostMark begin = parcel.Destination.Health.Mark(host);
            DateTimeOffset at = _time.GetUtcNow();
            report = await pool.SendAsync(host, message, stop);

            if (report is { ConnectionUse: 1, Tls: { } tls })
            {
                GatewayLog.DownstreamTls(_log, id.ToString(), DeliveryText.Relay(report), tls);
            }

            if (report is { ConnectionUse: 1, InClearBecause: { } reason })
            {
                GatewayLog.InClear(_log, id.ToString(), DeliveryText.Relay(report), LogText.Reply(reason));
            }

            // (3) What the report says about the host and about the message. A missing extension fails only when no host has it (RFC 8689 section 4.2.1 for REQUIRETLS).
            if (!JudgeHost(parcel, host, report) && !report.LacksCapability)
            {
                if (!stop.IsCancellationRequested)
                {
                    JudgeMessage(parcel, report, begin, at);
                }

                break;
            }
        }

        if (report is null)
        {
            return new AttemptResult(NextStep.BackInLine, parcel.Recipients, parcel.LastReply);
        }

        // (4) What it says about each recipient.
        List<string> waiting = [];
        List<ReportedRecipient> failed = [];
        List<ReportedRecipient> relayed = [];
        bool hostTrouble = IsHostTrouble(report);
        foreach (RecipientOutcome outcome in report.Recipients)
        {
            Record(id, envelope, outcome, report, waited);
            if (outcome.Outcome.IsPermanent() && !hostTrouble)
            {
                failed.Add(ReportedRecipient.Refused(outcome, report));
            }
            else if (outcome.Outcome != DeliveryOutcome.Delivered)
            {
                waiting.Add(outcome.Recipient);
            }
            else if (!report.OffersDsn && envelope.Dsn?.For(outcome.Recipient).Notify.HasFlag(DsnNotify.Success) == true)
            {
                // RFC 3461 section 5.2.2: the next host cannot tell about the success, so we tell how far we know.
                relayed.Add(ReportedRecipient.Relayed(outcome, report));
            }
        }

        if (report.MayHaveArrived)
        {
            GatewayLog.MayHaveArrived(_log, id.ToString(), DeliveryText.Relay(report));
        }

        string last = LogText.Reply(Answer(report.Recipients[^1], report));
        bool stopping = stop.IsCancellationRequested;

        // (5) Too old: the ones that would wait are given up with the refused.
        if (!stopping && IsExpired(envelope.ReceivedAt))
        {
            failed.AddRange(waiting.Select(r => ReportedRecipient.Expired(r, last)));
            waiting.Clear();
        }

        if (waiting.Count + failed.Count == 0)
        {
            Measure(envelope, report, waited);
        }

        // (6) The rest waits: in line for the host, or on its own schedule.
        bool suspect = parcel.Lane == parcel.Destination.Suspects;
        // A suspect that gets no connection while others do waits its time: it must not press for one.
        NextStep next = stopping ? NextStep.Leave
            : hostTrouble && !(suspect && parcel.Destination.Standing == HostStanding.Up) ? NextStep.BackInLine
            : WasDropped(parcel, report) ? NextStep.AtOnce
            : NextStep.Retry;
        return await SettleAsync(parcel, envelope, next, waiting, failed, relayed, last);
    }

    /// <summary>Returns what failed to the sender, and says what happens to the rest.</summary>
    private async Task<AttemptResult> SettleAsync(
        Parcel parcel, Envelope envelope, NextStep next, List<string> waiting, List<ReportedRecipient> failed, List<ReportedRecipient> relayed,
        string last)
    {
        Work? bounce = null;
        if (failed.Count + relayed.Count > 0)
        {
            try
            {
                // It is on stable storage before the recipients are struck off: a crash in between bounces twice, never not at all.
                bounce = await _bounces.ReturnAsync(parcel.Message.Id, envelope, [.. failed, .. relayed]);
            }
            catch (Exception e)
            {
                // Whoever got the message must not get it again for that: only the failed ones stay, and fail again later.
                GatewayLog.DeliveryFault(_log, e, parcel.Message.Id.ToString());
                waiting.AddRange(failed.Select(f => f.Address));
                next = next == NextStep.Leave ? next : NextStep.Retry;
            }
        }

        AttemptResult result = next == NextStep.Retry && waiting.Count > 0 ? Retry(parcel, waiting, last) : new AttemptResult(next, waiting, last);
        return bounce is null ? result : result with { Bounce = bounce };
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
            return new AttemptResult(NextStep.Retry, waiting, last) { Wait = _profile().Retry.Wait(failures, _random) };
        }
    }

    private IReadOnlyList<DownstreamHost> InOrder(Route route)
    {
        if (route.Weights.Count == 0)
        {
            return route.Hosts;
        }

        lock (_random)
        {
            return route.InOrder(_random.NextDouble());
        }
    }

    /// <summary>The queue does not have it any more, so nobody waits for it: trying on would never end.</summary>
    private AttemptResult Gone(Parcel parcel)
    {
        GatewayLog.Vanished(_log, parcel.Message.Id.ToString());
        return new AttemptResult(NextStep.Leave, [], parcel.LastReply);
    }

    private bool IsExpired(DateTimeOffset receivedAt) => _time.GetUtcNow() - receivedAt > _profile().Retry.Lifetime;

    private void Record(MessageId id, Envelope envelope, RecipientOutcome outcome, DeliveryReport report, TimeSpan waited)
    {
        _metrics.Attempt(outcome.Outcome.ToString());
        if (_log.IsEnabled(LogLevel.Information))
        {
            GatewayLog.Delivery(
                _log, id.ToString(), LogText.Escape(outcome.Recipient), DeliveryText.Relay(report), report.ConnectionUse,
                DeliveryText.Seconds(_time.GetUtcNow() - envelope.ReceivedAt + TimeSpan.FromSeconds(envelope.ReceiveSeconds)),
                DeliveryText.Delays(envelope, report, waited), outcome.Status.ToString(), DeliveryText.Status(outcome.Outcome),
                LogText.Reply(Answer(outcome, report)));
        }
    }

    private void Measure(Envelope envelope, DeliveryReport report, TimeSpan waited)
    {
        _metrics.Delivery("queue", waited);
        _metrics.Delivery("transmit", report.TransmissionTime);
        if (report.ConnectionUse == 1)
        {
            _metrics.Delivery("connect", report.ConnectTime);
        }

        _metrics.EndToEnd(_time.GetUtcNow() - envelope.ReceivedAt);
    }

    private static string Answer(RecipientOutcome outcome, DeliveryReport report) =>
        outcome.Reply?.ToString() ?? report.Detail ?? DeliveryText.Describe(outcome.Outcome, report.Reached);
}
