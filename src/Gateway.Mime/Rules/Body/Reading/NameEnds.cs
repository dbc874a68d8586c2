using System.Text;
using Gateway.Mime.Fields;

namespace Gateway.Mime.Rules.Body.Reading;

/// <summary>How the file name of a part ends, in Content-Disposition or Content-Type.</summary>
internal static class NameEnds
{
    private const int LongestName = 256;

    /// <summary>True when a name of the block ends in one of these, without case.</summary>
    public static bool EndsWith(HeaderBlock block, ReadOnlySpan<string> ends) =>
        EndsWith(block.Disposition, "filename"u8, ends) || EndsWith(block.ContentType, "name"u8, ends);

    private static bool EndsWith(MimeField? field, ReadOnlySpan<byte> parameter, ReadOnlySpan<string> ends)
    {
        if (field is null)
        {
            return false;
        }

        Span<byte> buffer = stackalloc byte[LongestName];
        foreach (ref readonly MimeParameter given in field.Parameters)
        {
            if (!Ascii.EqualsIgnoreCase(field.NameOf(given), parameter))
            {
                continue;
            }

            // Blanks and dots at the end are dropped by the file systems that run programs.
            ReadOnlySpan<byte> name = buffer[..field.Unquote(given, buffer)].TrimEnd(" ."u8);
            foreach (string end in ends)
            {
                if (name.Length > end.Length && Ascii.EqualsIgnoreCase(name[^end.Length..], end))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
