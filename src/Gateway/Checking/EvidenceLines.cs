using System.Globalization;
using Gateway.Mime;

namespace Gateway.Checking;

/// <summary>The line a finding is on with its octets underlined, for a terminal.</summary>
/// <remarks>
/// Promises: every octet that is no printable US-ASCII is escaped, so that the message cannot drive the terminal and the underline stands
/// under what it means.
/// </remarks>
internal static class EvidenceLines
{
    // Octets shown before, in and behind the evidence.
    private const int Before = 40;
    private const int Inside = 64;
    private const int Behind = 20;
    private const string Cut = "...";

    /// <summary>Writes the text and the underline below it, each behind the margin.</summary>
    public static void Write(TextWriter output, string margin, ReadOnlySpan<byte> message, long offset, int length)
    {
        int at = (int)Math.Min(offset, message.Length);
        length = Math.Min(length, message.Length - at);
        int shown = Math.Min(length, Inside);
        int lineStart = message[..at].LastIndexOf((byte)'\n') + 1;
        int start = Math.Max(lineStart, at - Before);
        string before = (start > lineStart ? Cut : string.Empty) + Finding.Escape(message[start..at]);
        string evidence = Finding.Escape(message.Slice(at, shown));
        bool isCut = shown < length;
        string behind = isCut ? Cut : Rest(message[(at + shown)..], evidence.EndsWith("\\n", StringComparison.Ordinal));
        output.WriteLine($"{margin}{before}{evidence}{behind}");
        string note = isCut ? string.Create(CultureInfo.InvariantCulture, $" {length} octets") : string.Empty;
        output.WriteLine($"{margin}{new string(' ', before.Length)}{new string('^', Math.Max(1, evidence.Length))}{note}");
    }

    private static string Rest(ReadOnlySpan<byte> behind, bool isLineOver)
    {
        if (isLineOver)
        {
            return string.Empty;
        }

        int end = behind.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = end < 0 ? behind : behind[..(end + 1)];
        return line.Length > Behind ? Finding.Escape(line[..Behind]) + Cut : Finding.Escape(line);
    }
}
