using System.Globalization;

namespace Gateway.Drill;

/// <summary>One message of a drill, and what became of it so far.</summary>
/// <remarks>Threads: the sender and the mail system behind write at the same time; every member is safe.</remarks>
/// <param name="number">Its number within the drill.</param>
/// <param name="kind">What it is.</param>
/// <param name="phase">The part of the drill that it was sent in.</param>
/// <param name="domain">The domain of its recipient.</param>
/// <param name="due">The timestamp at which it was to be sent, whether the sender was ready or not.</param>
internal sealed class DrillMail(int number, MailKind kind, string phase, string domain, long due)
{
    private long _deliveredAt;
    private int _reply;
    private int _cuts;
    private int _attempts;
    private int _copies;
    private int _altered;

    /// <summary>Its number: unique in the drill.</summary>
    public int Number => number;

    /// <summary>What it is.</summary>
    public MailKind Kind => kind;

    /// <summary>The part of the drill that it was sent in.</summary>
    public string Phase => phase;

    /// <summary>The local part of its recipient.</summary>
    public string Id { get; } = string.Create(CultureInfo.InvariantCulture, $"{kind.ToString().ToLowerInvariant()}-{number:000000}");

    /// <summary>The recipient: unique in the drill.</summary>
    public string Recipient => $"{Id}@{domain}";

    /// <summary>One of a handful of senders.</summary>
    public string Sender { get; } = string.Create(CultureInfo.InvariantCulture, $"sender{number % 23}@example.org");

    /// <summary>When it was to be sent.</summary>
    public long Due => due;

    /// <summary>Code of the last reply to it; 0 for none.</summary>
    public int Reply => Volatile.Read(ref _reply);

    /// <summary>It was answered 250: from then on the gateway is responsible.</summary>
    public bool IsAccepted => Reply / 100 == 2;

    /// <summary>It was refused for good.</summary>
    public bool IsRefused => Reply / 100 == 5;

    /// <summary>How often the connection ended under it: the gateway may have had it, and the sender sends again.</summary>
    public int Cuts => Volatile.Read(ref _cuts);

    /// <summary>How often the mail system behind had the whole of it.</summary>
    public int Attempts => Volatile.Read(ref _attempts);

    /// <summary>How often it took it.</summary>
    public int Copies => Volatile.Read(ref _copies);

    /// <summary>What arrived was not what was sent.</summary>
    public bool IsAltered => Volatile.Read(ref _altered) > 0;

    /// <summary>When it arrived first, as a timestamp; 0 while it has not.</summary>
    public long DeliveredAt => Volatile.Read(ref _deliveredAt);

    /// <summary>The gateway answered.</summary>
    public void Answered(int code)
    {
        // The first 250 counts: a later copy of the same message changes no promise.
        if (!IsAccepted)
        {
            Volatile.Write(ref _reply, code);
        }
    }

    /// <summary>The connection ended before an answer.</summary>
    public void CutOff() => Interlocked.Increment(ref _cuts);

    /// <summary>The mail system behind has the whole of it.</summary>
    public void Attempted() => Interlocked.Increment(ref _attempts);

    /// <summary>The mail system behind takes it.</summary>
    public void Delivered(long now, bool exact)
    {
        Interlocked.CompareExchange(ref _deliveredAt, now, 0);
        Interlocked.Increment(ref _copies);
        Interlocked.Add(ref _altered, exact ? 0 : 1);
    }
}
