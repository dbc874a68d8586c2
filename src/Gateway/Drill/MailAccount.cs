using Gateway.Mime;

namespace Gateway.Drill;

/// <summary>Where all messages of a drill ended, the ones before the incident included.</summary>
internal sealed record MailAccount
{
    /// <summary>Messages that the sender had.</summary>
    public int Sent { get; init; }

    /// <summary>Answered 250.</summary>
    public int Answered250 { get; init; }

    /// <summary>Answered 5xx.</summary>
    public int Refused { get; init; }

    /// <summary>Answered 4xx or not at all to the end: still with the sender.</summary>
    public int NotTaken { get; init; }

    /// <summary>At the mail system behind.</summary>
    public int Delivered { get; init; }

    /// <summary>In the queue.</summary>
    public int Queued { get; init; }

    /// <summary>In the quarantine.</summary>
    public int Quarantined { get; init; }

    /// <summary>Further copies that the mail system behind got.</summary>
    public int Duplicated { get; init; }

    /// <summary>Arrived, but not as it was sent.</summary>
    public int Altered { get; init; }

    /// <summary>
    /// Clean messages that were under inspection when the gateway was killed, and are quarantined for a look since they came again: they may
    /// have killed it (<c>gateway crashes</c>).
    /// </summary>
    public int CrashSuspects { get; init; }

    /// <summary>Clean messages that were refused or are in the quarantine for any other reason.</summary>
    public int CleanBlamed { get; init; }

    /// <summary>Answered 250, and nowhere.</summary>
    public int Lost { get; init; }

    /// <summary>Balances the books.</summary>
    /// <param name="all">All mail.</param>
    /// <param name="queued">Recipients that the queue has.</param>
    /// <param name="quarantined">Recipients that the quarantine has, each with the rule that decided.</param>
    public static MailAccount Of(IEnumerable<DrillMail> all, IReadOnlySet<string> queued, IReadOnlyDictionary<string, string> quarantined)
    {
        DrillMail[] mail = [.. all];
        string unread = RuleCatalogue.Get(RuleCode.ParserFault).Name;
        return new MailAccount
        {
            Sent = mail.Length,
            Answered250 = mail.Count(static m => m.IsAccepted),
            Refused = mail.Count(static m => m.IsRefused),
            NotTaken = mail.Count(static m => m is { IsAccepted: false, IsRefused: false }),
            Delivered = mail.Count(static m => m.Copies > 0),
            Queued = mail.Count(m => queued.Contains(m.Recipient)),
            Quarantined = mail.Count(m => quarantined.ContainsKey(m.Recipient)),
            Duplicated = mail.Sum(static m => Math.Max(0, m.Copies - 1)),
            Altered = mail.Count(static m => m.IsAltered),
            CrashSuspects = mail.Count(IsCrashSuspect),
            CleanBlamed = mail.Count(m => m.Kind == MailKind.Clean && !IsCrashSuspect(m) && (m.IsRefused || quarantined.ContainsKey(m.Recipient))),
            Lost = mail.Count(m => m is { IsAccepted: true, Copies: 0 } && !queued.Contains(m.Recipient) && !quarantined.ContainsKey(m.Recipient)),
        };

        bool IsCrashSuspect(DrillMail m) => m is { Kind: MailKind.Clean, Cuts: > 0 } && quarantined.TryGetValue(m.Recipient, out string? rule) && rule == unread;
    }
}
