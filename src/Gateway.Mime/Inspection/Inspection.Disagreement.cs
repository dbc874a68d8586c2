using System.Text;
using Gateway.Mime.Fields;
using Gateway.Mime.Structure;

namespace Gateway.Mime;

/// <summary>The comparison of the two readings of the structure.</summary>
internal sealed partial class Inspection
{
    private StructureMark? _disagreement;
    private string _disagreementDetail = string.Empty;
    private string _disagreementPath = string.Empty;

    /// <summary>Notes the first difference; the rest follows from it.</summary>
    public void Disagree(StructureMark? reader, StructureMark? walk)
    {
        if (_disagreement is not null)
        {
            return;
        }

        long offset = Math.Min(reader?.Offset ?? long.MaxValue, walk?.Offset ?? long.MaxValue);
        _disagreement = (reader ?? walk)!.Value with { Offset = offset };
        _disagreementDetail = $"one reading has {Name(walk)}, the other {Name(reader)}";
        _disagreementPath = CurrentPath();
    }

    /// <summary>Compares what the two readings of Content-Type say; notes the first difference.</summary>
    public void CompareType(PartNode part)
    {
        if (_disagreement is not null || Header.ContentType is not { } strict || Walk.GaveUp)
        {
            return;
        }

        MimeKit.ContentType other = part.ContentType;
        string? what = !Ascii.EqualsIgnoreCase(strict.Type, other.MediaType) || !Ascii.EqualsIgnoreCase(strict.Subtype, other.MediaSubtype) ? "types"
            : part.Kind == PartKind.Multipart && !SameBoundary(strict, other.Boundary) ? "boundaries" : null;
        if (what is not null)
        {
            _disagreement = new StructureMark(StructureKind.Leaf, part.TypeOffset);
            _disagreementDetail = $"the two readings of Content-Type have different {what}";
            _disagreementPath = CurrentPath();
        }
    }

    /// <summary>Compares what is left when the message is over, and reports. A finding that names the reason makes it a tag.</summary>
    public void ReportDisagreement()
    {
        if (Walk.Unmatched is { } unmatched)
        {
            Disagree(null, unmatched);
        }

        RuleAction grade = _log.StructureExplained ? RuleAction.Tag : RuleAction.Quarantine;
        if (_disagreement is { } mark)
        {
            Report(RuleCode.ParserDisagreement, grade, mark.Offset, 0, _disagreementDetail, line: 0, _disagreementPath);
        }
        else if (Walk.GaveUp)
        {
            Report(RuleCode.ParserDisagreement, grade, 0, 0, "the structure is too large or too deep to be compared");
        }
    }

    private static bool SameBoundary(MimeField strict, string? other)
    {
        int at = strict.Find("boundary"u8);
        Span<byte> value = stackalloc byte[512];
        ReadOnlySpan<byte> boundary = at < 0 ? default : value[..strict.Unquote(strict.Parameters[at], value)];
        return boundary.Length == value.Length || Ascii.Equals(boundary, other ?? string.Empty);
    }

    private void ResetDisagreement() => _disagreement = null;

    private static string Name(StructureMark? mark) => mark is null ? "nothing there" : mark.Value.Kind switch
    {
        StructureKind.Leaf => $"a part with its body at {mark.Value.Offset}",
        StructureKind.Multipart => $"a multipart with its body at {mark.Value.Offset}",
        StructureKind.Message => $"an embedded message at {mark.Value.Offset}",
        StructureKind.Delimiter => $"a delimiter at {mark.Value.Offset}",
        _ => $"a close delimiter at {mark.Value.Offset}",
    };
}
