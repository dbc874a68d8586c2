using System.Globalization;
using System.Text;

namespace Gateway.LoadGen.Mail;

/// <summary>Mail that is meant to do harm: what floods are made of.</summary>
/// <remarks>
/// The first five are the shapes of the published comparison; the others make popular MIME parsers take time that grows with the square of their
/// length (an address list without angle brackets, encoded words that never end, one long field, lines with hyphens inside nested multiparts).
/// </remarks>
internal static class HostileMail
{
    private const string Head =
        "From: load@example.org\r\nTo: r0@example.net\r\nSubject: hostile\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\nMessage-ID: <hostile@load.example>\r\nMIME-Version: 1.0\r\n";

    private static readonly Dictionary<string, Func<string>> s_shapes = new(StringComparer.Ordinal)
    {
        ["parts"] = () => Head + "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + Many("--b\r\nContent-Type: text/plain\r\n\r\nx\r\n", 10_000) + "--b--\r\n",
        ["nesting"] = () => Nested(100, string.Empty),
        ["header"] = () => Head + Folded("X-Long: x", "\r\n " + new string('x', 76), 1024 * 1024) + "\r\n\r\nx\r\n",
        ["addresses"] = () => Head + "Cc: " + string.Join(",\r\n ", Enumerable.Range(0, 20_000).Select(i => $"u{i.ToString(CultureInfo.InvariantCulture)}@example.org")) + "\r\n\r\nx\r\n",
        ["line"] = () => Head + "Content-Type: text/plain\r\n\r\n" + new string('x', 5 * 1024 * 1024) + "\r\n",
        ["bare-addresses"] = () => Head + "Cc: " + Many("a,", 16 * 1024) + "a\r\n\r\nx\r\n",
        ["encoded-words"] = () => Head + "Content-Type: text/plain; name=\"" + Many("=?x?q?a", 18 * 1024) + "\"\r\n\r\nx\r\n",
        ["field"] = () => Head + "X-Long: " + new string('x', 4 * 1024 * 1024) + "\r\n\r\nx\r\n",
        ["hyphens"] = () => Nested(1000, Many("--level-zzzz\r\n", 75_000)),
    };

    /// <summary>The names of the shapes.</summary>
    public static IEnumerable<string> Names => s_shapes.Keys;

    /// <summary>The shapes with these names; all of them when there is none.</summary>
    public static IReadOnlyList<MessageTemplate> Make(IReadOnlyCollection<string> names)
        => [.. s_shapes.Where(s => names.Count == 0 || names.Contains(s.Key, StringComparer.Ordinal))
            .Select(s => new MessageTemplate(s.Key, isHostile: true, Frame.Bare, Encoding.ASCII.GetBytes(s.Value())))];

    private static string Nested(int levels, string inside)
    {
        StringBuilder text = new(Head);
        for (int i = 0; i < levels; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"Content-Type: multipart/mixed; boundary=level-{i:d4}\r\n\r\n--level-{i:d4}\r\n");
        }

        text.Append("\r\nx\r\n").Append(inside);
        for (int i = levels - 1; i >= 0; i--)
        {
            text.Append(CultureInfo.InvariantCulture, $"--level-{i:d4}--\r\n");
        }

        return text.ToString();
    }

    private static string Folded(string begin, string unit, int octets) => begin + Many(unit, octets / unit.Length);

    private static string Many(string unit, int count) => new StringBuilder(unit.Length * count).Insert(0, unit, count).ToString();
}
