using System.Text;
using Gateway.Mime;
using Gateway.Relay.Message;
using Gateway.Relay.Telemetry;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Intake;

/// <summary>What the log hears of the mail of one session: one line shape for every fate, so that a search by id, sender, recipient, Message-ID or session finds each message.</summary>
/// <remarks>
/// Promises: a message that was answered 250 has a <c>client=</c> line with its recipients, then one with its size (accepted: queue manager, quarantined: quarantine); a message that
/// was not has one line with all of these. No line is longer than about <see cref="LongestRecipients"/> characters of recipients; the rest of them follow in lines of the same id.
/// Every value that the client chose is escaped. Threads: one session, one call at a time.
/// </remarks>
internal sealed class IntakeReport(SmtpPeer peer, IntakeFactory shared, string listener)
{
    /// <summary>Characters of recipients in one line.</summary>
    public const int LongestRecipients = 2000;

    private const string NoMessageId = "<>";

    private readonly string _listener = LogText.Escape(listener);

    /// <summary>A client's name as Postfix writes it in front of the address.</summary>
    public static string NameOf(SmtpPeer peer) => peer.Name is null ? "unknown" : LogText.Escape(peer.Name);

    private string Name => NameOf(peer);

    private string Address => peer.Remote.Address.ToString();

    private string Hello => LogText.InBrackets(peer.Hello);

    /// <summary>A client connected.</summary>
    public void Connected() => GatewayLog.Connect(shared.Log, Name, Address, peer.SessionId, _listener);

    /// <summary>A recipient was refused.</summary>
    public void RejectedRecipient(SmtpReply reply, MailPath sender, MailPath recipient, string protocol) => GatewayLog.RejectRecipient(
        shared.Log, Name, Address, reply.ToString(), LogText.InBrackets(sender.Address), LogText.InBrackets(recipient.Address), protocol, Hello, Login, peer.SessionId, _listener);

    /// <summary>The connection (CONNECT) or the sender (MAIL) was refused.</summary>
    public void RejectedCommand(string command, SmtpReply reply, string sender, string protocol) => GatewayLog.RejectedCommand(
        shared.Log, command, Name, Address, reply.ToString(), LogText.InBrackets(sender), protocol, Hello, Login, peer.SessionId, _listener);

    /// <summary>AUTH ended.</summary>
    /// <param name="mechanism">The SASL mechanism.</param>
    /// <param name="login">The name that was claimed; null when the exchange ended before it was said.</param>
    /// <param name="ok">Whether it was proven.</param>
    public void Authenticated(string mechanism, string? login, bool ok)
    {
        string user = LogText.InBrackets(login ?? string.Empty);
        if (ok)
        {
            GatewayLog.Authenticated(shared.Log, Name, Address, mechanism, user, Hello, peer.SessionId, _listener);
        }
        else
        {
            GatewayLog.AuthenticationFailed(shared.Log, Name, Address, mechanism, user, Hello, peer.SessionId, _listener);
        }
    }

    /// <summary>A message is on stable storage: 250 is about to be answered.</summary>
    public void Stored(Envelope envelope, InspectionReport report, TimeSpan inspect, TimeSpan commit)
    {
        if (peer.Forwarded is ForwardedClient origin)
        {
            GatewayLog.Forwarded(shared.Log, envelope.Id, Said(origin.Identity), Said(origin.Name), Said(origin.Address), Said(origin.Hello), Said(origin.Protocol));
        }

        if (!shared.Log.IsEnabled(LogLevel.Information))
        {
            return;
        }

        string sender = LogText.InBrackets(envelope.Sender);
        string recipients = First(envelope.Recipients, out int next);
        GatewayLog.Received(
            shared.Log, envelope.Id, Name, Address, peer.SessionId, _listener, Hello, envelope.Protocol, Login, MessageId(report),
            (envelope.Quarantine is null ? report.Verdict : RuleAction.Quarantine).Name(), Verdicts.RuleNames(report), envelope.ReceiveSeconds, inspect.TotalSeconds,
            commit.TotalSeconds, recipients);
        MoreRecipients(envelope.Id, envelope.Recipients, next);
        if (envelope.Quarantine is QuarantineReason held)
        {
            long offset = held.Findings.FirstOrDefault(f => f.Rule == held.WorstRule)?.Offset ?? 0;
            GatewayLog.Quarantined(shared.QuarantineLog, envelope.Id, sender, envelope.Size, envelope.Recipients.Count, held.WorstRule, offset, held.Findings.Count);
        }
        else
        {
            GatewayLog.Queued(shared.QueueLog, envelope.Id, sender, envelope.Size, envelope.Recipients.Count);
        }
    }

    /// <summary>A message was refused for its content.</summary>
    public void Rejected(in IntakeMessage message, SmtpReply reply, InspectionReport? report, string rule, long offset, string excerpt)
    {
        GatewayLog.RejectedMessage(
            shared.Log, message.Id, Name, Address, reply.ToString(), LogText.InBrackets(message.Sender), First(message.Recipients, out int next), message.Protocol, Hello, Login,
            peer.SessionId, _listener, report is null ? NoMessageId : MessageId(report), message.Recipients.Count, message.Size, rule, offset, excerpt);
        MoreRecipients(message.Id, message.Recipients, next);
    }

    /// <summary>A message was put off: its client was answered 4xx and is to come again.</summary>
    public void PutOff(in IntakeMessage message, SmtpReply reply, string reason)
    {
        string recipients = First(message.Recipients, out int next);
        GatewayLog.NotStored(
            shared.Log, message.Id, Name, Address, reply.ToString(), LogText.InBrackets(message.Sender), recipients, message.Protocol, Hello, Login, peer.SessionId, _listener,
            message.Recipients.Count, message.Size, reason);
        MoreRecipients(message.Id, message.Recipients, next);
    }

    /// <summary>A message was put off because the inspection of its client's mail takes too long.</summary>
    public void TooCostly(in IntakeMessage message, SmtpReply reply)
    {
        string recipients = First(message.Recipients, out int next);
        GatewayLog.TooCostly(
            shared.Log, message.Id, Name, Address, reply.ToString(), LogText.InBrackets(message.Sender), recipients, message.Protocol, Hello, Login, peer.SessionId, _listener,
            message.Recipients.Count, message.Size);
        MoreRecipients(message.Id, message.Recipients, next);
    }

    /// <summary>Recipients from <paramref name="next"/> on as <c>to=&lt;a&gt;, to=&lt;b&gt;</c>, at most <see cref="LongestRecipients"/> characters but at least one.</summary>
    internal static string Recipients(IReadOnlyList<string> all, ref int next)
    {
        if (all.Count == 1 && next == 0)
        {
            next = 1;
            return $"to=<{LogText.InBrackets(all[0])}>";
        }

        StringBuilder text = new();
        while (next < all.Count)
        {
            string one = LogText.InBrackets(all[next]);
            if (text.Length > 0 && text.Length + one.Length > LongestRecipients)
            {
                break;
            }

            text.Append(text.Length > 0 ? ", to=<" : "to=<").Append(one).Append('>');
            next++;
        }

        return text.ToString();
    }

    private static string First(IReadOnlyList<string> all, out int next)
    {
        next = 0;
        return Recipients(all, ref next);
    }

    private void MoreRecipients(string id, IReadOnlyList<string> all, int next)
    {
        while (next < all.Count)
        {
            GatewayLog.MoreRecipients(shared.Log, id, Recipients(all, ref next));
        }
    }

    /// <summary>The proven login; empty for a stranger.</summary>
    private string Login => peer.AuthenticatedUser is null ? string.Empty : LogText.InBrackets(peer.AuthenticatedUser);

    /// <summary>The field as it stands, with its angle brackets, as Postfix logs it.</summary>
    private static string MessageId(InspectionReport report) => report.MessageId is { Length: > 0 } id ? LogText.MessageId(id) : NoMessageId;

    private static string Said(string? text) => LogText.Escape(text ?? "unknown");
}

/// <summary>A message that was received and not stored, for the log.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Sender">Its reverse path.</param>
/// <param name="Recipients">Its recipients.</param>
/// <param name="Protocol">With what it came (RFC 3848).</param>
/// <param name="Size">Octets.</param>
internal readonly record struct IntakeMessage(string Id, string Sender, IReadOnlyList<string> Recipients, string Protocol, long Size);
