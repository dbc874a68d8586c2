using System.Buffers.Binary;
using Gateway.Mime.Fields;
using MimeKit;

namespace Gateway.Mime.Rules.Header;

/// <summary>Where a message has been and what it answers: Received and References.</summary>
internal sealed class TraceFields : RuleFamily
{
    private const int FirstYear = 1980;
    private const int LastYear = 2099;

    public override RuleMoments Moments => RuleMoments.Block;

    public override void Block(Inspection inspection, HeaderBlock block)
    {
        if (!block.IsMessage)
        {
            return;
        }

        ReadOnlySpan<HeaderField> fields = block.Fields;
        bool reported = false;
        foreach (int i in block.With(FieldTraits.Trace))
        {
            ref readonly HeaderField field = ref fields[i];
            if (field.Id == HeaderId.Received && block.IsTop && !reported && Flaw(field.Value) is { } flaw)
            {
                reported = true;
                inspection.Report(RuleCode.ReceivedMalformed, RuleAction.Allow, field.Offset, field.Length, flaw, field.Line, string.Empty);
            }
            else if (field.Id == HeaderId.References)
            {
                inspection.Measure(RuleCode.ReferencesBomb, field.Value.AsSpan().Count((byte)'<'), hard: false, field.Offset, field.Length, field.Line);
            }
        }
    }

    /// <summary>Day, month, year and time behind the last semicolon; a glance, not a calendar.</summary>
    private static string? Flaw(ReadOnlySpan<byte> value)
    {
        int semicolon = value.LastIndexOf((byte)';');
        if (semicolon < 0)
        {
            return "no semicolon and date";
        }

        ReadOnlySpan<byte> date = value[(semicolon + 1)..];
        int comma = date.IndexOf((byte)',');
        date = Blank(comma < 0 ? date : date[(comma + 1)..]);
        if (IsUsual(date))
        {
            return null;
        }

        if (!Number(ref date, out int day, out _) || day is < 1 or > 31)
        {
            return "no readable date";
        }

        // A month is three letters, or more in old software; a hyphen may stand between.
        int letters = date.IndexOfAnyExceptInRange((byte)'A', (byte)'z');
        date = letters < 3 ? default : Blank(date[letters..]);
        if (!Number(ref date, out int year, out int digits))
        {
            return "no readable date";
        }

        year += digits > 2 ? 0 : year < 50 ? 2000 : 1900;
        if (year is < FirstYear or > LastYear)
        {
            return "a year far away";
        }

        bool time = Number(ref date, out int hour, out _) && hour < 24 && date.Length > 2 && date[0] == (byte)':' && char.IsAsciiDigit((char)date[1]);
        return time ? null : "no readable time";
    }

    /// <summary>The form that nearly all of them have, <c>02 Mar 2026 10:00</c> and more, read by place.</summary>
    private static bool IsUsual(ReadOnlySpan<byte> date)
    {
        if (date.Length < 17)
        {
            return false;
        }

        int day = date[0] - '0';
        if (char.IsAsciiDigit((char)date[1]))
        {
            day = (day * 10) + date[1] - '0';
            date = date[1..];
        }

        // Four digits at once: what is none has a bit set that no digit has, or gets one.
        uint year = BinaryPrimitives.ReadUInt32BigEndian(date[6..]) - 0x30303030;
        int hour = ((date[11] - '0') * 10) + date[12] - '0';
        return day is >= 1 and <= 31 && date[1] == (byte)' ' && date[5] == (byte)' ' && date[10] == (byte)' ' && date[13] == (byte)':'
            && char.IsAsciiLetter((char)date[2]) && char.IsAsciiLetter((char)date[3]) && char.IsAsciiLetter((char)date[4])
            && ((year | (year + 0x76767676)) & 0x80808080) == 0 && Decimal(year) is >= FirstYear and <= LastYear
            && char.IsAsciiDigit((char)date[11]) && char.IsAsciiDigit((char)date[12]) && hour < 24 && char.IsAsciiDigit((char)date[14]);
    }

    private static uint Decimal(uint digits) => ((digits >> 24) * 1000) + ((digits >> 16 & 0xFF) * 100) + ((digits >> 8 & 0xFF) * 10) + (digits & 0xFF);

    private static bool Number(ref ReadOnlySpan<byte> text, out int number, out int digits)
    {
        bool parsed = System.Buffers.Text.Utf8Parser.TryParse(text, out number, out digits) && number >= 0;
        text = parsed ? Blank(text[digits..]) : text;
        return parsed;
    }

    private static ReadOnlySpan<byte> Blank(ReadOnlySpan<byte> text)
    {
        int at = 0;
        while (at < text.Length && text[at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)'-')
        {
            at++;
        }

        return text[at..];
    }
}
