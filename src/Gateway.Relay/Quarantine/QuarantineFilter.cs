using System.Globalization;

namespace Gateway.Relay.Quarantine;

/// <summary>Which quarantined messages a list or a grouping covers. Conditions that are set must all hold.</summary>
public sealed record QuarantineFilter
{
    /// <summary>Most lines one call returns.</summary>
    public const int MaxLimit = 1000;

    /// <summary>How the null sender is written for people; its address is empty.</summary>
    public const string NullSender = "<>";

    /// <summary>Only this state; null for all.</summary>
    public QuarantineState? State { get; init; }

    /// <summary>Only messages with a finding of this rule, be it the worst or not.</summary>
    public string? Rule { get; init; }

    /// <summary>Only this envelope sender, whole address, ASCII case ignored; empty means the null sender.</summary>
    public string? Sender { get; init; }

    /// <summary>Only messages to this envelope recipient, whole address, ASCII case ignored.</summary>
    public string? Recipient { get; init; }

    /// <summary>Only this client address, as stored.</summary>
    public string? Client { get; init; }

    /// <summary>Only messages of this kind.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>
    /// Words that must all occur in subject, From, sender, recipients, rule names or Message-ID, case and accents ignored; a word of
    /// three characters or more matches as the beginning of a word too. A word in Chinese, Japanese, Korean, Thai and the like, which have no
    /// blanks between words, matches anywhere in subject, From, sender or first recipient, as it is written. Never a query language: any input is safe. The first 256
    /// characters and 16 words count.
    /// </summary>
    public string? Text { get; init; }

    /// <summary>Received at or after this time, to the millisecond.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Received before this time, to the millisecond.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Read on behind this line of an earlier page. Not used by groupings.</summary>
    public QuarantineCursor? After { get; init; }

    /// <summary>Oldest first instead of newest first. Not used by groupings.</summary>
    public bool OldestFirst { get; init; }

    /// <summary>Lines (or groups) wanted, 1 to <see cref="MaxLimit"/>; values outside are brought inside. Default 50.</summary>
    public int Limit { get; init; } = 50;
}

/// <summary>A place in the order of all entries: by time of receipt, then by time of storage.</summary>
/// <remarks>Stays valid for ever, also when the entry it was taken from has gone. The text form is safe in a URL.</remarks>
/// <param name="Key">The order key.</param>
public readonly record struct QuarantineCursor(long Key)
{
    /// <inheritdoc/>
    public override string ToString() => Key.ToString("x", CultureInfo.InvariantCulture);

    /// <summary>Reads the text form; false for anything else.</summary>
    public static bool TryParse(string? text, out QuarantineCursor cursor)
    {
        bool ok = long.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long key) && key >= 0;
        cursor = ok ? new QuarantineCursor(key) : default;
        return ok;
    }
}
