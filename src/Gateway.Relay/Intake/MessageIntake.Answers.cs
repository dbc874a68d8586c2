using Gateway.Mime;
using Gateway.Relay.Message;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;

namespace Gateway.Relay.Intake;

/// <content>What is counted and logged of a message, and the replies to those that are not stored.</content>
internal sealed partial class MessageIntake
{
    private void RecordVerdict(InspectionReport report)
    {
        shared.Metrics.Verdict(report.Verdict.Name());
        RecordExemptions(report);
        foreach (Finding finding in report.Findings)
        {
            shared.Metrics.Finding(finding.RuleName, finding.Action.Name());
            _notes |= WireFindings.Note(finding);
        }
    }

    private void RecordStages(Envelope envelope, InspectionReport report, long ended, long inspected, long committed)
    {
        TimeSpan inspect = shared.Time.GetElapsedTime(ended, inspected);
        TimeSpan commit = shared.Time.GetElapsedTime(inspected, committed);
        shared.Metrics.Stage("read", TimeSpan.FromSeconds(envelope.ReceiveSeconds));
        shared.Metrics.Stage("inspect", inspect);
        shared.Metrics.Stage("commit", commit);
        shared.Metrics.MessageAnswered(envelope.Quarantine is null ? "accepted" : "quarantined", envelope.Size, shared.Time.GetElapsedTime(ended));
        _report.Stored(envelope, report, inspect, commit);
    }

    private SmtpReply Reject(MessageId id, InspectionReport report, long ended)
    {
        Finding worst = Verdicts.Worst(report);
        SmtpReply reply = Verdicts.Refusal(worst, id);
        shared.Metrics.MessageAnswered("rejected", _buffer.Length, shared.Time.GetElapsedTime(ended));
        _report.Rejected(Message(id), reply, report, worst.RuleName, worst.Offset, worst.ExcerptEscaped);
        return reply;
    }

    /// <summary>A client that may send bare line ends may not send this, nor may a setting of the rule let it through: its line ends would become real ones.</summary>
    private SmtpReply RejectForgedEnd(MessageId id, DataEnd end, long ended)
    {
        Rule rule = RuleCatalogue.Get(RuleCode.NonstandardEndOfData);
        SmtpReply reply = Verdicts.Refusal(rule, id);
        shared.Metrics.Verdict(RuleAction.Reject.Name());
        shared.Metrics.Finding(rule.Name, RuleAction.Reject.Name());
        shared.Metrics.MessageAnswered("rejected", _buffer.Length, shared.Time.GetElapsedTime(ended));
        _report.Rejected(Message(id), reply, report: null, rule.Name, end.SuspectEndOffset, string.Empty);
        return reply;
    }

    /// <summary>The first time the message has to come again, the second time the session ends: slowed, then told.</summary>
    private SmtpReply TooCostly(MessageId id, long ended)
    {
        SmtpReply reply = _notes.HasFlag(SessionNotes.InspectionTime) ? RelayReplies.TooCostlyAgain : RelayReplies.TooCostly;
        _notes |= SessionNotes.InspectionTime;
        shared.Metrics.MessageAnswered("failed", _buffer.Length, shared.Time.GetElapsedTime(ended));
        _report.TooCostly(Message(id), reply);
        return reply;
    }

    private SmtpReply NotStored(MessageId id, SmtpReply reply, string reason, long ended)
    {
        shared.Metrics.MessageAnswered("failed", _buffer.Length, shared.Time.GetElapsedTime(ended));
        _report.PutOff(Message(id), reply, reason);
        return reply;
    }

    private IntakeMessage Message(MessageId id) => new(id.ToString(), _sender.Address, _recipients.Addresses, peer.Protocol(_parameters.SmtpUtf8), _buffer.Length);
}
