using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Message;
using Gateway.Relay.Telemetry;
using Gateway.Smtp.Client;
using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Delivery;

/// <content>Log lines and counts of attempts, written when it is decided what becomes of the mail.</content>
public sealed partial class DeliveryWorker
{
    /// <summary>Ends of data without an answer from which on the log speaks louder.</summary>
    private const int ManyUnanswered = 3;

    private void Record(Decisions decisions, bool isTold)
    {
        foreach (Decision decision in decisions.All)
        {
            // What the host called final and what stays all the same must not look like lost mail.
            _metrics.Attempt(decision switch
            {
                { Status: DeliveryStatus.Expired } => nameof(DeliveryStatus.Expired),
                { Status: DeliveryStatus.Deferred, Answer: { } kept } when kept.Outcome.Outcome.IsPermanent() => nameof(DeliveryOutcome.Deferred),
                { Status: DeliveryStatus.Bounced, Answer: null } => "Returned",
                { Answer: { } answer } => answer.Outcome.Outcome.ToString(),
                _ => nameof(DeliveryOutcome.Deferred),
            });
            if (_log.IsEnabled(LogLevel.Information))
            {
                Log(decisions, decision, isTold);
            }
        }

        if (decisions.AllSent)
        {
            Measure(decisions.Envelope, decisions.All[^1].Answer!.Value.Report, decisions.Waited);
        }
    }

    private void Log(Decisions decisions, Decision decision, bool isTold)
    {
        Envelope envelope = decisions.Envelope;
        string delay = DeliveryText.Seconds(_steady.AgeOf(envelope.Since) + TimeSpan.FromSeconds(envelope.ReceiveSeconds));
        string status = DeliveryText.Status(decision.Status, returns: isTold);
        string id = decisions.Parcel.Message.Id.ToString();
        if (decision.Answer is { } answer)
        {
            GatewayLog.Delivery(
                _log, id, LogText.InBrackets(decision.Recipient), DeliveryText.Relay(answer.Report), answer.Report.ConnectionUse, delay,
                DeliveryText.Delays(envelope, answer.Report, decisions.Waited), answer.StatusOf(decision.Status).ToString(), status,
                LogText.Reply(answer.Text));
        }
        else
        {
            string before = DeliveryText.Seconds(TimeSpan.FromSeconds(envelope.ReceiveSeconds));
            string dsn = decision.Status == DeliveryStatus.Expired ? "4.4.7" : "5.0.0";
            GatewayLog.Delivery(_log, id, LogText.InBrackets(decision.Recipient), "none", 0, delay, $"{before}/0/0/0", dsn, status, decisions.Last);
        }
    }

    private void LogConnection(string id, DeliveryReport report)
    {
        if (report.FirstSession is { } failed)
        {
            GatewayLog.SessionFailed(_log, id, DeliveryText.Relay(report), LogText.Reply(failed));
        }

        if (report is { ConnectionUse: 1, Tls: { } tls })
        {
            GatewayLog.DownstreamTls(_log, id, DeliveryText.Relay(report), tls);
        }

        if (report is { ConnectionUse: 1, InClearBecause: { } reason })
        {
            GatewayLog.InClear(_log, id, DeliveryText.Relay(report), LogText.Reply(reason));
        }

        if (report is { ConnectionUse: 1, OwnFault: { } fault } && _notices.IsDue(fault))
        {
            GatewayLog.OwnFilesUnusable(_log, id, DeliveryText.Relay(report), LogText.Reply(fault));
        }

        if (report is { ConnectionUse: 1, PassedMechanisms: { } passed })
        {
            GatewayLog.MechanismsPassed(_log, id, DeliveryText.Relay(report), LogText.Reply(passed));
        }
    }

    private void LogMayHaveArrived(Parcel parcel, DeliveryReport report)
    {
        string id = parcel.Message.Id.ToString();
        GatewayLog.MayHaveArrived(_log, id, DeliveryText.Relay(report));
        int times = parcel.Journal?.Notes.Count(static n => n.Step == DeliveryStep.FinalDot && n.Outcome != DeliveryOutcome.Deferred) ?? 0;
        if (times >= ManyUnanswered)
        {
            GatewayLog.MayHaveArrivedOften(_log, id, times, DeliveryText.Relay(report));
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

        _metrics.EndToEnd(_steady.AgeOf(envelope.Since));
    }
}
