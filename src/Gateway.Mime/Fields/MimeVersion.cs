namespace Gateway.Mime.Fields;

/// <summary>The value of a MIME-Version field.</summary>
internal static class MimeVersion
{
    /// <summary>True for version 1.0. Comments may stand anywhere, even between the digits (RFC 2045 section 4).</summary>
    /// <remarks>Apple Mail writes a comment behind the digits. Cost: linear in the value.</remarks>
    public static bool IsOne(ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> expected = "1.0"u8;
        int matched = 0;
        for (int at = 0; at < value.Length;)
        {
            byte octet = value[at];
            if (octet == '(')
            {
                int end = Comments.Skip(value, at).End;
                if (end < 0)
                {
                    return false;
                }

                at = end;
            }
            else if (octet is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            {
                at++;
            }
            else if (matched < expected.Length && octet == expected[matched])
            {
                matched++;
                at++;
            }
            else
            {
                return false;
            }
        }

        return matched == expected.Length;
    }
}
