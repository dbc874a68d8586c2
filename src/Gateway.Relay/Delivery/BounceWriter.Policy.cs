using System.Net;
using Gateway.Relay.Message;
using Gateway.Relay.Queue;
using Gateway.Relay.Telemetry;

namespace Gateway.Relay.Delivery;

/// <content>Which notifications are made at all, and when they leave.</content>
public sealed partial class BounceWriter
{
    private readonly BounceLimit _limit = new(time);

    /// <summary>Makes a notification that nothing speaks against, or says in the log that there is none and why.</summary>
    private async ValueTask<Work?> NotifyAsync(MessageId id, Envelope envelope, List<ReportedRecipient> reported, string to, string result)
    {
        TimeSpan wait = TimeSpan.Zero;
        string? reason = !reported.Exists(static r => r.IsOrdered) && !MayCause(envelope) ? "stranger"
            : !_limit.TryTake(profile().Bounces.PerMinute, out wait) ? "limit"
            : null;
        if (reason is null)
        {
            metrics.Bounce(wait > TimeSpan.Zero ? "delayed" : result);
            return await StoreAsync(id, envelope, reported, to, wait);
        }

        metrics.Bounce(reason);
        foreach (ReportedRecipient recipient in reported)
        {
            GatewayLog.NotNotified(_log, id.ToString(), LogText.InBrackets(envelope.Sender), LogText.InBrackets(recipient.Address), Why(reason), recipient.Diagnostic);
        }

        return null;

        static string Why(string reason) => reason == "limit" ? "more than Relay:Bounces:PerMinute lets out in an hour are waiting" : "Relay:Bounces:Senders";
    }

    /// <summary>Undeliverable mail of the null sender ends here (RFC 5321 section 6.1); of our own and our clients' the postmaster may be told.</summary>
    private async ValueTask<Work?> DropAsync(MessageId id, Envelope envelope, IReadOnlyList<ReportedRecipient> outcomes)
    {
        List<ReportedRecipient> failed = [.. outcomes.Where(static r => r.IsFailed)];
        foreach (ReportedRecipient recipient in failed)
        {
            GatewayLog.DoubleBounce(_log, id.ToString(), LogText.InBrackets(recipient.Address), recipient.Diagnostic);
        }

        string postmaster = profile().Bounces.Postmaster;
        bool isAboutPostmaster = failed.Exists(r => r.Address.Equals(postmaster, StringComparison.OrdinalIgnoreCase));
        if (failed.Count == 0 || postmaster.Length == 0 || isAboutPostmaster || envelope.RequireTls || !IsAllowed(envelope))
        {
            return null;
        }

        return await NotifyAsync(id, envelope, failed, postmaster, "postmaster");
    }

    private bool MayCause(Envelope envelope) => profile().Bounces.Senders switch
    {
        BounceSenders.All => true,
        BounceSenders.Allowed => IsAllowed(envelope),
        _ => false,
    };

    /// <summary>Mail of a client that may relay, or our own: not that of a stranger.</summary>
    private bool IsAllowed(Envelope envelope) => envelope.User is not null || envelope.ClientAddress.Length == 0
        || (IPAddress.TryParse(envelope.ClientAddress, out IPAddress? client) && profile().IsAllowed(client));
}
