using MimeKit;

namespace Gateway.Mime.Fields;

/// <summary>One field of a header block, with where it stands.</summary>
/// <remarks>Reused from block to block, like the block: a rule that wants to remember a field remembers where it stands.</remarks>
internal sealed class HeaderField
{
    /// <summary>The field's identity; <see cref="HeaderId.Unknown"/> for names MimeKit does not know.</summary>
    public HeaderId Id { get; private set; }

    /// <summary>The raw octets before the colon; for a line that is no field, the whole line.</summary>
    public byte[] Name { get; private set; } = [];

    /// <summary>The raw octets behind the colon, folds and line end included.</summary>
    public byte[] Value { get; private set; } = [];

    /// <summary>Octets from the start of DATA to the name.</summary>
    public long Offset { get; private set; }

    /// <summary>The line it starts on, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>False for a line that is no field.</summary>
    public bool Valid { get; private set; }

    /// <summary>What it is, and what its value holds.</summary>
    public FieldTraits Traits { get; private set; }

    /// <summary>Octets of the field with its colon and line end.</summary>
    public int Length { get; private set; }

    /// <summary>Where the value starts.</summary>
    public long ValueOffset => Offset + Name.Length + 1;

    /// <summary>Becomes another field.</summary>
    public void Set(HeaderId id, byte[] name, byte[] value, long offset, int line, bool valid)
    {
        Id = id;
        Name = name;
        Value = value;
        Offset = offset;
        Line = line;
        Valid = valid;
        Length = name.Length + (valid ? 1 : 0) + value.Length;
        Traits = TraitsOf(id, name, value, valid);
    }

    private static FieldTraits TraitsOf(HeaderId id, byte[] name, byte[] value, bool valid)
    {
        FieldTraits traits = FieldIdentities.TraitsOf(id) | ValueTraits.Of(value);
        if (!valid)
        {
            return traits;
        }

        // Of a name that MimeKit knows only blanks behind it can be wrong.
        traits |= name.Length > 0 && name[^1] <= (byte)' ' ? FieldTraits.OddName : FieldTraits.None;

        // Where the message ends in its header, a line of blanks may end without a line end.
        traits |= value.Length > 0 && value[^1] is (byte)' ' or (byte)'\t' ? FieldTraits.BlankEnd : FieldTraits.None;

        // The second octet of nearly every value is its first letter: most fields are decided there.
        bool empty = (value.Length < 2 || value[1] <= (byte)' ') && value.AsSpan().IndexOfAnyExcept(" \t\r\n"u8) < 0;
        return empty ? traits | FieldTraits.Empty : traits;
    }
}
