using System.Diagnostics.CodeAnalysis;

namespace Gateway.Relay.Message;

/// <summary>The id of a message: in the reply, the log, the <c>Received:</c> field, the queue and the quarantine.</summary>
/// <remarks>
/// Shape: 64 bits, microseconds since 2020-01-01 UTC in the upper 52, a sequence in the lower 12; as text 12 characters of a
/// base-52 alphabet without vowels (no words can arise), in ASCII order, so that texts sort by time.
/// </remarks>
/// <param name="Value">The 64 bits; 0 is no id.</param>
public readonly record struct MessageId(ulong Value) : IComparable<MessageId>
{
    /// <summary>Characters of the text form.</summary>
    public const int TextLength = 12;

    internal const int SequenceBits = 12;

    private const string Alphabet = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";

    internal static readonly DateTimeOffset Epoch = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>When the id was made, by a clock that may have been wrong, or later: ids keep order, and nothing is dated by them.</summary>
    public DateTimeOffset Time => Epoch.AddTicks((long)(Value >> SequenceBits) * TimeSpan.TicksPerMicrosecond);

    /// <inheritdoc/>
    public override string ToString() => string.Create(TextLength, Value, static (text, value) =>
    {
        for (int i = text.Length - 1; i >= 0; i--)
        {
            (value, ulong digit) = Math.DivRem(value, (ulong)Alphabet.Length);
            text[i] = Alphabet[(int)digit];
        }
    });

    /// <summary>Reads the text form; anything else than exactly that is refused.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out MessageId id)
    {
        id = default;
        if (text is not { Length: TextLength })
        {
            return false;
        }

        UInt128 value = 0;
        foreach (char c in text)
        {
            int digit = Alphabet.IndexOf(c, StringComparison.Ordinal);
            if (digit < 0)
            {
                return false;
            }

            value = (value * (ulong)Alphabet.Length) + (ulong)digit;
        }

        if (value > ulong.MaxValue)
        {
            return false;
        }

        id = new MessageId((ulong)value);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(MessageId other) => Value.CompareTo(other.Value);

    /// <summary>By the order of being made.</summary>
    public static bool operator <(MessageId left, MessageId right) => left.Value < right.Value;

    /// <summary>By the order of being made.</summary>
    public static bool operator >(MessageId left, MessageId right) => left.Value > right.Value;

    /// <summary>By the order of being made.</summary>
    public static bool operator <=(MessageId left, MessageId right) => left.Value <= right.Value;

    /// <summary>By the order of being made.</summary>
    public static bool operator >=(MessageId left, MessageId right) => left.Value >= right.Value;
}

/// <summary>Makes ids that never repeat.</summary>
/// <remarks>
/// Promises: each id is greater than all before it, also when the clock steps back, and, after <see cref="StartAfter"/>, greater
/// than all that a previous run left in the spool. Threads: any.
/// </remarks>
public sealed class MessageIdSource(TimeProvider time)
{
    private ulong _last;

    /// <summary>The last id; none before the first.</summary>
    public MessageId Last => new(Volatile.Read(ref _last));

    /// <summary>Makes sure that ids come after one that is already in use.</summary>
    public void StartAfter(MessageId id)
    {
        ulong seen = Volatile.Read(ref _last);
        while (id.Value > seen && Interlocked.CompareExchange(ref _last, id.Value, seen) is var now && now != seen)
        {
            seen = now;
        }
    }

    /// <summary>The next id.</summary>
    public MessageId Next()
    {
        // A clock before the epoch, as of a machine without a battery, must not wrap to the end of all ids.
        ulong micros = (ulong)Math.Max(0, (time.GetUtcNow() - MessageId.Epoch).Ticks / TimeSpan.TicksPerMicrosecond);
        ulong now = micros << MessageId.SequenceBits;
        while (true)
        {
            ulong last = Volatile.Read(ref _last);
            ulong next = Math.Max(now, last + 1);
            if (Interlocked.CompareExchange(ref _last, next, last) == last)
            {
                return new MessageId(next);
            }
        }
    }
}
