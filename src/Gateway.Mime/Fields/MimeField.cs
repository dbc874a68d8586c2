using System.Text;

namespace Gateway.Mime.Fields;

/// <summary>Our own strict reading of a Content-Type or Content-Disposition value, independent of MimeKit.</summary>
/// <remarks>
/// Promises: one pass, never throws, keeps at most <see cref="MaxParameters"/> parameters.
/// Source: RFC 2045 section 5.1, RFC 2183, RFC 2231.
/// </remarks>
internal sealed partial class MimeField
{
    public const int MaxParameters = 64;

    private readonly MimeParameter[] _parameters = new MimeParameter[MaxParameters];
    private int _count;
    private int _at;
    private bool _commentBefore;
    private Range _type;
    private Range _subtype;

    /// <summary>The raw value read, folds and line end included.</summary>
    public byte[] Raw { get; private set; } = [];

    /// <summary>All flaws of the field and its parameters.</summary>
    public FieldFlaws Flaws { get; private set; }

    /// <summary>A comment stands in front of the type, within it or right behind it.</summary>
    public bool CommentAtType { get; private set; }

    /// <summary>The part before the slash; for a disposition the whole token.</summary>
    public ReadOnlySpan<byte> Type => Raw.AsSpan(_type);

    /// <summary>The part behind the slash.</summary>
    public ReadOnlySpan<byte> Subtype => Raw.AsSpan(_subtype);

    public ReadOnlySpan<MimeParameter> Parameters => _parameters.AsSpan(0, _count);

    public bool IsType(ReadOnlySpan<byte> type) => Ascii.EqualsIgnoreCase(Type, type);

    public bool IsSubtype(ReadOnlySpan<byte> subtype) => Ascii.EqualsIgnoreCase(Subtype, subtype);

    public bool IsMultipart => IsType("multipart"u8);

    public ReadOnlySpan<byte> NameOf(in MimeParameter parameter) => Raw.AsSpan(parameter.NameStart, parameter.BaseLength);

    public ReadOnlySpan<byte> RawValueOf(in MimeParameter parameter) => Raw.AsSpan(parameter.ValueStart, parameter.ValueLength);

    /// <summary>Index of the first parameter of a base name, in any form; -1 when there is none.</summary>
    public int Find(ReadOnlySpan<byte> name)
    {
        for (int i = 0; i < _count; i++)
        {
            if (Ascii.EqualsIgnoreCase(NameOf(_parameters[i]), name))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Writes a value as it is meant: without quotes, escapes and folds. Returns its length, cut to the destination.</summary>
    public int Unquote(in MimeParameter parameter, Span<byte> destination)
    {
        int length = 0;
        ReadOnlySpan<byte> raw = RawValueOf(parameter);
        for (int i = 0; i < raw.Length && length < destination.Length; i++)
        {
            byte octet = raw[i];
            if (parameter.Quoted && octet == (byte)'\\' && i + 1 < raw.Length)
            {
                octet = raw[++i];
            }
            else if (octet is (byte)'\r' or (byte)'\n')
            {
                continue;
            }

            destination[length++] = octet;
        }

        return length;
    }
}
