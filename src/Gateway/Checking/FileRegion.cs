using System.Text;

namespace Gateway.Checking;

/// <summary>Where in its file a piece of a message stands, as editors count.</summary>
/// <param name="StartLine">From 1.</param>
/// <param name="StartColumn">From 1, in UTF-16 code units of the line read as UTF-8.</param>
/// <param name="EndLine">From 1.</param>
/// <param name="EndColumn">Behind the last character.</param>
/// <param name="ByteOffset">Octets from the start of the file; -1 for a message of an mbox, whose lines may have been unquoted.</param>
/// <param name="ByteLength">Octets in the file.</param>
internal readonly record struct FileRegion(int StartLine, int StartColumn, int EndLine, int EndColumn, long ByteOffset, long ByteLength)
{
    /// <summary>The region of an offset and length of the message as it was inspected.</summary>
    public static FileRegion Of(SourceMessage message, long offset, int length)
    {
        ReadOnlySpan<byte> octets = message.Bytes.Span;
        int start = (int)Math.Min(offset, octets.Length);
        int end = start + Math.Min(length, octets.Length - start);
        (int startLine, int startColumn) = Place(octets, start);
        (int endLine, int endColumn) = Place(octets, end);
        long fileStart = start - (message.IsConverted ? Added(octets, start) : 0);
        long fileEnd = end - (message.IsConverted ? Added(octets, end) : 0);
        int lines = message.FirstLine - 1;
        return new FileRegion(startLine + lines, startColumn, endLine + lines, endColumn, message.IsOneOfMany ? -1 : fileStart, fileEnd - fileStart);
    }

    private static (int Line, int Column) Place(ReadOnlySpan<byte> octets, int at)
    {
        ReadOnlySpan<byte> before = octets[..at];
        int lineStart = before.LastIndexOf((byte)'\n') + 1;
        return (before.Count((byte)'\n') + 1, Encoding.UTF8.GetCharCount(before[lineStart..]) + 1);
    }

    /// <summary>CRs before an offset that the file does not have: one for each LF, its own included when the offset is at it.</summary>
    private static int Added(ReadOnlySpan<byte> octets, int at)
    {
        int added = octets[..at].Count((byte)'\n');
        return added + (at > 0 && at < octets.Length && octets[at] == (byte)'\n' && octets[at - 1] == (byte)'\r' ? 1 : 0);
    }
}
