using System.Buffers;
using System.Text;
using Gateway.Mime.Structure;

namespace Gateway.Mime.Rules.Structure;

/// <summary>Preambles and epilogues that look like MIME content themselves.</summary>
/// <remarks>Cost: one search for LF per line, only in octets outside of parts.</remarks>
internal sealed class HiddenContent : RuleFamily
{
    private const int KeptOfLine = 80;
    private const int Base64Run = 4;
    private const int ShortestBase64 = 60;

    private static readonly SearchValues<byte> Base64Octets =
        SearchValues.Create("+/0123456789=ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private readonly byte[] _line = new byte[KeptOfLine];
    private int _lineLength;
    private long _lineStart = -1;
    private int _run;
    private long _runStart;
    private bool _reported;

    public override RuleMoments Moments => RuleMoments.Begin | RuleMoments.Outside;

    public override void Begin(Inspection inspection) => Restart();

    public override void Outside(Inspection inspection, PartNode multipart, ReadOnlySpan<byte> octets, long offset)
    {
        if (octets.IsEmpty)
        {
            FinishLine(inspection);
            Restart();
            return;
        }

        while (!octets.IsEmpty && !_reported)
        {
            if (_lineStart < 0)
            {
                _lineStart = offset;
            }

            int feed = octets.IndexOf((byte)'\n');
            ReadOnlySpan<byte> piece = feed < 0 ? octets : octets[..feed];
            piece[..Math.Min(piece.Length, KeptOfLine - Math.Min(_lineLength, KeptOfLine))].CopyTo(_line.AsSpan(Math.Min(_lineLength, KeptOfLine)));
            _lineLength = (int)Math.Min((long)_lineLength + piece.Length, int.MaxValue);
            if (feed < 0)
            {
                return;
            }

            FinishLine(inspection);
            octets = octets[(feed + 1)..];
            offset += feed + 1;
        }
    }

    private void Restart()
    {
        _lineLength = 0;
        _lineStart = -1;
        _run = 0;
        _reported = false;
    }

    private void FinishLine(Inspection inspection)
    {
        ReadOnlySpan<byte> line = _line.AsSpan(0, Math.Min(_lineLength, KeptOfLine));
        int length = _lineLength;
        if (length <= KeptOfLine)
        {
            line = line.TrimEnd((byte)'\r');
        }

        if (IsContentField(line))
        {
            Found(inspection, _lineStart, length, "a MIME header field outside of parts");
        }
        else if (IsUuencodeStart(line))
        {
            Found(inspection, _lineStart, length, "uuencoded data outside of parts");
        }
        else if (length <= KeptOfLine && line.Length >= ShortestBase64 && line.IndexOfAnyExcept(Base64Octets) < 0)
        {
            if (_run++ == 0)
            {
                _runStart = _lineStart;
            }

            if (_run == Base64Run)
            {
                Found(inspection, _runStart, _lineStart + length - _runStart, "base64 data outside of parts");
            }
        }
        else
        {
            _run = 0;
        }

        _lineLength = 0;
        _lineStart = -1;
    }

    private void Found(Inspection inspection, long offset, long length, string detail)
    {
        _reported = true;
        inspection.Report(RuleCode.HiddenMimeContent, RuleAction.Quarantine, offset, length, detail);
    }

    private static bool IsContentField(ReadOnlySpan<byte> line) =>
        StartsWith(line, "Content-Type:"u8) || StartsWith(line, "Content-Transfer-Encoding:"u8);

    private static bool StartsWith(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name) =>
        line.Length >= name.Length && Ascii.EqualsIgnoreCase(line[..name.Length], name);

    /// <summary><c>begin 644 name</c>.</summary>
    private static bool IsUuencodeStart(ReadOnlySpan<byte> line)
    {
        if (!line.StartsWith("begin "u8))
        {
            return false;
        }

        ReadOnlySpan<byte> mode = line[6..];
        int blank = mode.IndexOf((byte)' ');
        return blank is 3 or 4 && mode[..blank].IndexOfAnyExceptInRange((byte)'0', (byte)'7') < 0 && mode.Length > blank + 1;
    }
}
