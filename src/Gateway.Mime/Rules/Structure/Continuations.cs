using System.Text;
using Gateway.Mime.Fields;
using Gateway.Mime.Structure;

namespace Gateway.Mime.Rules.Structure;

/// <summary>RFC 2231 values in pieces that do not fit together.</summary>
/// <remarks>Cost: nothing for a field without a star; at most 64 pieces are looked at.</remarks>
internal sealed class Continuations : RuleFamily
{
    private readonly NameEndings _endings = new();

    /// <summary>What a reader of 64 parameters cannot see any more; no real name needs a tenth of it.</summary>
    private const int MostPieces = MimeField.MaxParameters;

    public override RuleMoments Moments => RuleMoments.PartBegin;

    public override void PartBegin(Inspection inspection, PartNode part)
    {
        HeaderBlock block = inspection.Header;
        if (block.ContentType is { } type && block.ContentTypeField is { } typeField)
        {
            Field(inspection, type, typeField);
        }

        if (block.Disposition is { } disposition && block.DispositionField is { } dispositionField)
        {
            Field(inspection, disposition, dispositionField);
        }
    }

    private void Field(Inspection inspection, MimeField field, in HeaderField header)
    {
        if (!field.Raw.AsSpan().Contains((byte)'*'))
        {
            return;
        }

        ReadOnlySpan<MimeParameter> parameters = field.Parameters;
        for (int i = 0; i < parameters.Length; i++)
        {
            ref readonly MimeParameter parameter = ref parameters[i];
            if ((!parameter.IsPlain || field.NameOf(parameter).Contains((byte)'*')) && IsFirst(field, i) && Flaw(field, i) is { } flaw)
            {
                _endings.Clear();
                RuleAction grade = Grade(field, parameter, flaw.Kind);
                inspection.Report(
                    RuleCode.Rfc2231ContinuationAnomaly, grade, header.ValueOffset + parameter.NameStart,
                    parameter.ValueStart + parameter.ValueLength - parameter.NameStart, flaw.Detail,
                    readings: grade == RuleAction.Quarantine && _endings.Differ ? _endings.Views() : null);
            }
        }

        if (field.Flaws.HasFlag(FieldFlaws.TooManyParameters))
        {
            inspection.Report(
                RuleCode.Rfc2231ContinuationAnomaly, RuleAction.Quarantine, header.Offset, header.Length, $"more than {MostPieces} pieces or parameters", header.Line);
        }
    }

    private static bool IsFirst(MimeField field, int index)
    {
        ReadOnlySpan<byte> name = field.NameOf(field.Parameters[index]);
        for (int i = 0; i < index; i++)
        {
            if (!field.Parameters[i].IsPlain && Ascii.EqualsIgnoreCase(field.NameOf(field.Parameters[i]), name))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>What is wrong with the pieces of one name, of which the first stands at an index.</summary>
    internal static (string Detail, PieceFlaw Kind)? Flaw(MimeField field, int index)
    {
        ReadOnlySpan<MimeParameter> parameters = field.Parameters;
        ReadOnlySpan<byte> name = field.NameOf(parameters[index]);
        if (name.Contains((byte)'*'))
        {
            return ("a piece whose number is none", PieceFlaw.Faulty);
        }

        ulong seen = 0;
        int next = 0;
        bool whole = false;
        bool ordered = true;
        (string Detail, PieceFlaw Kind)? flaw = null;
        for (int i = index; i < parameters.Length; i++)
        {
            ref readonly MimeParameter piece = ref parameters[i];
            if (piece.IsPlain || !Ascii.EqualsIgnoreCase(field.NameOf(piece), name))
            {
                continue;
            }

            flaw = Worse(flaw, Octets(field, piece));
            if (piece.Section < 0)
            {
                whole = true;
                continue;
            }

            if (piece.Section >= MostPieces)
            {
                return ("a piece with a number beyond all others", PieceFlaw.Faulty);
            }

            if ((seen & (1UL << piece.Section)) != 0)
            {
                return ("the same piece twice", PieceFlaw.Faulty);
            }

            seen |= 1UL << piece.Section;
            ordered &= piece.Section == next++;
        }

        return whole && seen != 0 ? ("the same value whole and in pieces", PieceFlaw.Faulty)
            : (seen & (seen + 1)) != 0 ? ("a piece is missing", PieceFlaw.Faulty)
            : flaw is { Kind: > PieceFlaw.Misencoded } ? flaw
            : !ordered ? ("pieces out of order", PieceFlaw.Unordered)
            : flaw;
    }

    private static (string Detail, PieceFlaw Kind)? Worse((string Detail, PieceFlaw Kind)? left, (string Detail, PieceFlaw Kind)? right) =>
        left is null || right?.Kind > left.Value.Kind ? right : left;

    private static (string Detail, PieceFlaw Kind)? Octets(MimeField field, in MimeParameter piece)
    {
        int digits = piece.NameLength - piece.BaseLength - 1 - (piece.Extended ? 1 : 0);
        if (piece.Section >= 0 && digits > 1 && field.Raw[piece.NameStart + piece.BaseLength + 1] == '0')
        {
            return ("a piece whose number begins with zero", PieceFlaw.Faulty);
        }

        if (!piece.Extended)
        {
            return null;
        }

        ReadOnlySpan<byte> raw = field.RawValueOf(piece);
        if (piece.Section <= 0 && raw.Count((byte)'\'') < 2)
        {
            return ("an encoded value without charset", PieceFlaw.Misencoded);
        }

        if (piece.Section > 0 && raw.Count((byte)'\'') >= 2)
        {
            return ("a charset in a later piece", PieceFlaw.Charset);
        }

        for (int i = 0; i < raw.Length; i++)
        {
            if (raw[i] == '%' && (i + 2 >= raw.Length || !char.IsAsciiHexDigit((char)raw[i + 1]) || !char.IsAsciiHexDigit((char)raw[i + 2])))
            {
                return ("a percent sign without two hexadecimal digits", PieceFlaw.Misencoded);
            }
        }

        return null;
    }

    /// <summary>Quarantined where readers come to another boundary or to another kind of file.</summary>
    private RuleAction Grade(MimeField field, in MimeParameter parameter, PieceFlaw kind)
    {
        ReadOnlySpan<byte> name = field.NameOf(parameter);
        int star = name.IndexOf((byte)'*');
        name = star < 0 ? name : name[..star];
        if (Ascii.EqualsIgnoreCase(name, "boundary"u8))
        {
            return RuleAction.Quarantine;
        }

        if (!FileName.IsFileName(name))
        {
            return RuleAction.Tag;
        }

        bool differ;
        switch (kind)
        {
            case PieceFlaw.Faulty or PieceFlaw.Charset:
                PieceReadings.OfFaulty(field, name, _endings, alone: kind == PieceFlaw.Faulty);
                differ = _endings.Differ;
                break;
            case PieceFlaw.Unordered:
                PieceReadings.OfUnordered(field, name, _endings);
                differ = _endings.Conflict || PieceReadings.OrderGivesEnding(field, name);
                break;
            default:
                PieceReadings.OfMisencoded(field, name, _endings);
                differ = _endings.Conflict;
                break;
        }

        return differ ? RuleAction.Quarantine : RuleAction.Tag;
    }
}
