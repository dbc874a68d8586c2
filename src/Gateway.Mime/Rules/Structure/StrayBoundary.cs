using Gateway.Mime.Structure;

namespace Gateway.Mime.Rules.Structure;

/// <summary>A boundary on a part that is no multipart, and its delimiter in the body.</summary>
/// <remarks>Cost: nothing without such a parameter; else one search over that body.</remarks>
internal sealed class StrayBoundary : RuleFamily
{
    private const int LongestBoundary = 256;
    private const int ChunkSize = 16 * 1024;

    // LF, two hyphens and the boundary.
    private readonly byte[] _delimiter = new byte[LongestBoundary + 3];
    private byte[] _chunk = [];
    private int _length;

    public override RuleMoments Moments => RuleMoments.PartBegin | RuleMoments.PartEnd;

    public override void PartBegin(Inspection inspection, PartNode part)
    {
        _length = 0;
        if (part.Kind != PartKind.Leaf || inspection.Header.ContentType is not { IsMultipart: false } type || type.Find("boundary"u8) is not (>= 0 and int at))
        {
            return;
        }

        "\n--"u8.CopyTo(_delimiter);
        int boundary = type.Unquote(type.Parameters[at], _delimiter.AsSpan(3));
        _length = boundary is > 0 and < LongestBoundary ? boundary + 3 : 0;
        if (_length == 0)
        {
            inspection.Report(RuleCode.BoundaryOnNonMultipart, RuleAction.Tag, part.TypeOffset, part.TypeLength, "a boundary on a part that is no multipart", part.TypeLine);
        }
    }

    public override void PartEnd(Inspection inspection, PartNode part, long end)
    {
        if (_length == 0 || part.Kind != PartKind.Leaf)
        {
            return;
        }

        long at = Search(inspection.Content, part.BodyBegin, end);
        if (at >= 0)
        {
            inspection.Report(RuleCode.BoundaryOnNonMultipart, RuleAction.Quarantine, at, _length - 1, "the delimiter of a part that is no multipart");
        }
        else
        {
            inspection.Report(RuleCode.BoundaryOnNonMultipart, RuleAction.Tag, part.TypeOffset, part.TypeLength, "a boundary on a part that is no multipart", part.TypeLine);
        }

        _length = 0;
    }

    /// <summary>Where a line starts with the delimiter; -1 when none does.</summary>
    private long Search(MessageBytes content, long begin, long end)
    {
        _chunk = _chunk.Length == 0 ? new byte[ChunkSize] : _chunk;
        ReadOnlySpan<byte> delimiter = _delimiter.AsSpan(0, _length);

        // The line end before the body belongs to the first line of it.
        for (long at = Math.Max(0, begin - 1); at < end;)
        {
            int read = content.Read(at, _chunk.AsSpan(0, (int)Math.Min(ChunkSize, end - at)));
            if (read == 0)
            {
                break;
            }

            int found = _chunk.AsSpan(0, read).IndexOf(delimiter);
            if (found >= 0)
            {
                return at + found + 1;
            }

            // A delimiter may lie across two chunks.
            at += read <= _length || at + read >= end ? read : read - _length;
        }

        return -1;
    }
}
