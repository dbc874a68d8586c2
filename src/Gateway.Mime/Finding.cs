using System.Globalization;
using System.Text;

namespace Gateway.Mime;

/// <summary>One thing that is wrong with a message, with the evidence for it.</summary>
/// <param name="Rule">The rule that fired.</param>
/// <param name="Action">What the rule asks for here, after policy.</param>
/// <param name="Offset">Where the evidence starts, in octets from the start of DATA.</param>
/// <param name="Length">Octets of evidence; longer evidence than <see cref="int.MaxValue"/> is cut to that.</param>
/// <param name="Line">The line of <paramref name="Offset"/>, from 1; LF ends a line.</param>
/// <param name="Part">The part path such as <c>1.2</c>; empty for the message itself.</param>
/// <param name="Excerpt">The raw octets from <paramref name="Offset"/> on, at most 64; short evidence is shown with what follows it.</param>
/// <param name="Detail">What exactly was seen, for people; one line.</param>
public sealed record Finding(
    RuleCode Rule,
    RuleAction Action,
    long Offset,
    int Length,
    int Line,
    string Part,
    ReadOnlyMemory<byte> Excerpt,
    string Detail)
{
    /// <summary>Octets an excerpt holds at most.</summary>
    public const int MaxExcerpt = 64;

    /// <summary>What two styles of reader see here, where the finding is that they see different things; empty for most.</summary>
    public IReadOnlyList<ReaderView> Readings { get; init; } = [];

    /// <summary>The kebab-case name of the rule.</summary>
    public string RuleName => RuleCatalogue.Get(Rule).Name;

    /// <summary>The clause that is broken.</summary>
    public string Clause => RuleCatalogue.Get(Rule).Clause;

    /// <summary>The excerpt as hexadecimal digits, no separators.</summary>
    public string ExcerptHex => Convert.ToHexStringLower(Excerpt.Span);

    /// <summary>The excerpt as printable US-ASCII: <c>\r \n \t \\</c> and <c>\xNN</c> for the rest.</summary>
    public string ExcerptEscaped => Escape(Excerpt.Span);

    /// <summary>Octets as printable US-ASCII: <c>\r \n \t \\</c> and <c>\xNN</c> for the rest. One character takes one column everywhere.</summary>
    public static string Escape(ReadOnlySpan<byte> octets)
    {
        StringBuilder text = new(octets.Length + 16);
        foreach (byte octet in octets)
        {
            _ = octet switch
            {
                (byte)'\r' => text.Append("\\r"),
                (byte)'\n' => text.Append("\\n"),
                (byte)'\t' => text.Append("\\t"),
                (byte)'\\' => text.Append("\\\\"),
                >= 0x20 and < 0x7F => text.Append((char)octet),
                _ => text.Append(CultureInfo.InvariantCulture, $"\\x{octet:x2}"),
            };
        }

        return text.ToString();
    }
}
