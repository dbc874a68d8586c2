namespace Gateway.Smtp.Protocol;

/// <summary>An enhanced mail system status code such as <c>2.1.5</c>.</summary>
/// <remarks>Source: RFC 3463 section 2. The class digit repeats the first digit of the reply code: 2, 4 or 5.</remarks>
/// <param name="Class">2 success, 4 persistent transient failure, 5 permanent failure.</param>
/// <param name="Subject">0 to 999: 1 addressing, 2 mailbox, 3 mail system, 4 network, 5 protocol, 6 content, 7 policy.</param>
/// <param name="Detail">0 to 999.</param>
public readonly record struct EnhancedCode(int Class, int Subject, int Detail)
{
    /// <summary>True for the default value: the reply carried no enhanced code.</summary>
    public bool IsNone => Class == 0;

    /// <inheritdoc/>
    public override string ToString() =>
        IsNone ? string.Empty : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Class}.{Subject}.{Detail}");

    /// <summary>Reads a code at the start of a reply text; nothing but a space or the end may follow it.</summary>
    /// <returns>True with the code and the count of characters it took, without the space behind it.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out EnhancedCode code, out int length)
    {
        code = default;
        length = 0;
        int at = 0;
        if (!TryNumber(text, ref at, 1, out int kind) || kind is not (2 or 4 or 5) || !TryDot(text, ref at)
            || !TryNumber(text, ref at, 3, out int subject) || !TryDot(text, ref at)
            || !TryNumber(text, ref at, 3, out int detail) || (at < text.Length && text[at] != ' '))
        {
            return false;
        }

        code = new EnhancedCode(kind, subject, detail);
        length = at;
        return true;
    }

    private static bool TryDot(ReadOnlySpan<char> text, ref int at) => at < text.Length && text[at++] == '.';

    private static bool TryNumber(ReadOnlySpan<char> text, ref int at, int digits, out int value)
    {
        int start = at;
        value = 0;
        while (at < text.Length && at - start < digits && char.IsAsciiDigit(text[at]))
        {
            value = (value * 10) + (text[at++] - '0');
        }

        return at > start;
    }
}
