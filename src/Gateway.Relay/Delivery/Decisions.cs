using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Message;
using Gateway.Relay.Telemetry;
using Gateway.Smtp.Protocol;

namespace Gateway.Relay.Delivery;

/// <summary>What was decided about one recipient.</summary>
/// <param name="Recipient">The forward-path.</param>
/// <param name="Status">What becomes of it.</param>
/// <param name="Answer">What a host said, or null when none was asked.</param>
internal readonly record struct Decision(string Recipient, DeliveryStatus Status, HostAnswer? Answer);

/// <summary>What one attempt decides about each recipient: made from the answers, and the only thing that log lines and counts are made from.</summary>
/// <remarks>Threads: one. Cost: two small objects an attempt.</remarks>
internal sealed class Decisions(Parcel parcel, Envelope envelope, TimeSpan waited)
{
    private readonly List<Decision> _all = new(parcel.Recipients.Count);

    // Of the null sender nobody is told: there is nothing to keep from being returned (RFC 5321 section 6.1).
    private readonly UndeliverableMail _terms = envelope.Sender.Length == 0 ? UndeliverableMail.Return : parcel.Destination.Route.Terms.Undeliverable;

    /// <summary>Whose attempt it was.</summary>
    public Parcel Parcel => parcel;

    /// <summary>Its envelope.</summary>
    public Envelope Envelope => envelope;

    /// <summary>How long it was in line before.</summary>
    public TimeSpan Waited => waited;

    /// <summary>One for each recipient of the parcel.</summary>
    public IReadOnlyList<Decision> All => _all;

    /// <summary>What the sender is told; null when there is nothing.</summary>
    public List<ReportedRecipient>? Told { get; private set; }

    /// <summary>The last word about what stays, else about the last recipient; safe to show.</summary>
    public string Last { get; private set; } = parcel.LastReply;

    /// <summary>True when something would have been returned, and waits for a person instead.</summary>
    public bool IsKept { get; private set; }

    /// <summary>The answers for the recipients that stay.</summary>
    public List<HostAnswer> Waiting => [.. _all.Where(static d => d.Status == DeliveryStatus.Deferred).Select(static d => d.Answer!.Value)];

    /// <summary>The recipients that stay.</summary>
    public IReadOnlyList<string> WaitingRecipients => AllSent ? [] : [.. _all.Where(static d => d.Status == DeliveryStatus.Deferred).Select(static d => d.Recipient)];

    /// <summary>True when a host has the message for all of them.</summary>
    public bool AllSent => _all.TrueForAll(static d => d.Status == DeliveryStatus.Sent);

    /// <summary>Decides by what the hosts said.</summary>
    /// <param name="answers">One for each recipient.</param>
    /// <param name="isExpired">The message is too old to wait any longer.</param>
    public void Take(IReadOnlyList<HostAnswer> answers, bool isExpired)
    {
        foreach (HostAnswer answer in answers)
        {
            DeliveryStatus status = answer.IsDelivered ? DeliveryStatus.Sent
                : answer.IsFinal && !(_terms == UndeliverableMail.Defer && !isExpired) ? Unless(DeliveryStatus.Bounced)
                : isExpired ? Unless(DeliveryStatus.Expired)
                : DeliveryStatus.Deferred;
            _all.Add(new Decision(answer.Outcome.Recipient, status, answer));
            Tell(answer, status);
        }

        if (!AllSent)
        {
            Last = LogText.Reply((Waiting is [.., var last] ? last : answers[^1]).Text);
        }
    }

    /// <summary>Gives all recipients up without an attempt.</summary>
    public void Expire()
    {
        Last = Last.Length > 0 ? Last : "no host could be reached";
        if (Unless(DeliveryStatus.Expired) == DeliveryStatus.Deferred)
        {
            return;
        }

        foreach (string recipient in parcel.Recipients)
        {
            _all.Add(new Decision(recipient, DeliveryStatus.Expired, null));
            (Told ??= []).Add(ReportedRecipient.Expired(recipient, Last));
        }
    }

    /// <summary>Gives all recipients up because a person ordered it.</summary>
    public void Return(string reason)
    {
        Last = $"returned by an administrator: {reason}";
        foreach (string recipient in parcel.Recipients)
        {
            _all.Add(new Decision(recipient, DeliveryStatus.Bounced, null));
            (Told ??= []).Add(ReportedRecipient.Returned(recipient, reason));
        }
    }

    /// <summary>The sender could not be told: what failed stays in the queue.</summary>
    public void KeepFailed()
    {
        for (int i = 0; i < _all.Count; i++)
        {
            if (_all[i].Status is DeliveryStatus.Bounced or DeliveryStatus.Expired)
            {
                _all[i] = _all[i] with { Status = DeliveryStatus.Deferred };
            }
        }
    }

    /// <summary>What gives up, or that it stays because the route keeps what would be returned.</summary>
    private DeliveryStatus Unless(DeliveryStatus failed)
    {
        IsKept |= _terms == UndeliverableMail.Hold;
        return _terms == UndeliverableMail.Hold ? DeliveryStatus.Deferred : failed;
    }

    private void Tell(HostAnswer answer, DeliveryStatus status)
    {
        if (status == DeliveryStatus.Bounced)
        {
            (Told ??= []).Add(ReportedRecipient.Refused(answer.Outcome, answer.Report));
        }
        else if (status == DeliveryStatus.Expired)
        {
            (Told ??= []).Add(ReportedRecipient.Expired(answer.Outcome.Recipient, LogText.Reply(answer.Text)));
        }
        else if (status == DeliveryStatus.Sent && !answer.Report.OffersDsn && envelope.Dsn?.For(answer.Outcome.Recipient).Notify.HasFlag(DsnNotify.Success) == true)
        {
            // RFC 3461 section 5.2.2: the next host cannot tell about the success, so we tell how far we know.
            (Told ??= []).Add(ReportedRecipient.Relayed(answer.Outcome, answer.Report));
        }
    }
}
