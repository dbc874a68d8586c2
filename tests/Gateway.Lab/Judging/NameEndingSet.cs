using System.Text;
using Gateway.Mime.Fields;

namespace Gateway.Lab.Judging;

/// <summary>How the file names of a message end for one parser: distinct endings joined by plus signs, a hyphen for a name without one, a dot for no name at all.</summary>
internal static class NameEndingSet
{
    private const string Without = "-";
    private const string Nothing = ".";

    /// <summary>Of the names a parser gave.</summary>
    public static string Of(IEnumerable<string> names)
    {
        string[] endings = [.. names.Select(EndingOf).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return endings.Length == 0 ? Nothing : string.Join('+', endings);
    }

    /// <summary>
    /// Two parsers would have a file opened as two things: each has an ending that the other has not, or one has an ending that runs and the other a name without.
    /// A parser without any name hides nothing: some know no RFC 2231.
    /// </summary>
    public static bool Differ(string left, string right)
    {
        if (left == right || left == Nothing || right == Nothing)
        {
            return false;
        }

        string[] first = left.Split('+');
        string[] second = right.Split('+');
        string[] more = [.. first.Except(second).Where(ending => ending != Without)];
        string[] less = [.. second.Except(first).Where(ending => ending != Without)];
        return (more.Length > 0 && less.Length > 0)
            || (more.Any(Runs) && second.Contains(Without)) || (less.Any(Runs) && first.Contains(Without));
    }

    private static bool Runs(string ending) => NameEnding.Runs(Encoding.ASCII.GetBytes(ending));

    private static string EndingOf(string name)
    {
        Span<byte> buffer = stackalloc byte[NameEnding.Longest];
        ReadOnlySpan<byte> ending = NameEnding.Of(Encoding.UTF8.GetBytes(name), buffer);
        return ending.IsEmpty ? Without : Encoding.ASCII.GetString(ending);
    }
}
