using System.Buffers;
using MimeKit;

namespace Gateway.Mime.Fields;

/// <summary>One field of a header block, with where it stands.</summary>
/// <param name="Id">The field's identity; <see cref="HeaderId.Unknown"/> for names MimeKit does not know.</param>
/// <param name="Name">The raw octets before the colon; for a line that is no field, the whole line.</param>
/// <param name="Value">The raw octets behind the colon, folds and line end included.</param>
/// <param name="Offset">Octets from the start of DATA to the name.</param>
/// <param name="Line">The line it starts on, from 1.</param>
/// <param name="Valid">False for a line that is no field.</param>
internal readonly record struct HeaderField(HeaderId Id, byte[] Name, byte[] Value, long Offset, int Line, bool Valid)
{
    private static readonly SearchValues<byte> Usual = SearchValues.Create(
        "\t\r\n !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    private static readonly SearchValues<byte> Plain = SearchValues.Create(
        "\t\r\n !\"#$%&')*+,-./0123456789:;<=>@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    /// <summary>What the value holds; most hold nothing that a rule would have to look at.</summary>
    public FieldTraits Traits { get; } = TraitsOf(Value);

    /// <summary>Octets of the field with its colon and line end.</summary>
    public int Length { get; } = Name.Length + (Valid ? 1 : 0) + Value.Length;

    /// <summary>Where the value starts.</summary>
    public long ValueOffset => Offset + Name.Length + 1;

    private static FieldTraits TraitsOf(ReadOnlySpan<byte> value)
    {
        // One pass for three rules.
        int at = value.IndexOfAnyExcept(Plain);
        if (at < 0)
        {
            return FieldTraits.None;
        }

        ReadOnlySpan<byte> rest = value[at..];
        return (rest.IndexOfAnyExcept(Usual) < 0 ? FieldTraits.None : FieldTraits.Unusual)
            | (rest.Contains((byte)'(') ? FieldTraits.Parenthesis : FieldTraits.None)
            | (rest.Contains((byte)'?') ? FieldTraits.QuestionMark : FieldTraits.None);
    }
}
