using System.Collections.Concurrent;

namespace Gateway.Drill;

/// <summary>All mail of a drill, by recipient.</summary>
/// <remarks>Threads: any.</remarks>
/// <param name="time">The clock of the drill.</param>
internal sealed class MailLedger(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, DrillMail> _mail = new(StringComparer.OrdinalIgnoreCase);
    private int _number;

    /// <summary>All of it.</summary>
    public IEnumerable<DrillMail> All => _mail.Values;

    /// <summary>Makes a message that is to be sent.</summary>
    public DrillMail Open(MailKind kind, string phase, string domain, long due)
    {
        DrillMail mail = new(Interlocked.Increment(ref _number), kind, phase, domain, due);
        _mail[mail.Recipient] = mail;
        return mail;
    }

    /// <summary>The message of a recipient, or null.</summary>
    public DrillMail? Find(string recipient) => _mail.GetValueOrDefault(recipient);

    /// <summary>The messages of one kind in one part of the drill.</summary>
    public IReadOnlyList<DrillMail> Of(MailKind kind, string phase) => [.. _mail.Values.Where(m => m.Kind == kind && m.Phase == phase)];

    /// <summary>How long mail took that has arrived, from when it was to be sent to the mail system behind.</summary>
    public DelaySummary Delays(string label, IEnumerable<DrillMail> mail)
    {
        DrillMail[] all = [.. mail];
        return DelaySummary.Of(label, all.Length, all.Where(static m => m.DeliveredAt != 0).Select(m => time.GetElapsedTime(m.Due, m.DeliveredAt).TotalMilliseconds));
    }
}
