namespace Gateway.Mime.Rules.Header.Reading;

/// <summary>The length of a body as a DKIM signature counts it.</summary>
/// <remarks>Source: RFC 6376 section 3.4.3, 3.4.4. Cost: one pass, only for signatures with <c>l=</c>; it ends as soon as the answer is known.</remarks>
internal sealed class CanonicalBody
{
    private readonly byte[] _buffer = new byte[16 * 1024];

    /// <summary>True when the canonical body has more octets than the signature covers.</summary>
    public bool IsLongerThan(long signed, MessageBytes content, long start, bool relaxed)
    {
        long octets = 0;
        long emptyLines = 0;
        long inLine = 0;
        bool blank = false;
        for (long at = start; at < content.Length;)
        {
            int read = content.Read(at, _buffer);
            if (read == 0)
            {
                break;
            }

            at += read;
            foreach (byte octet in _buffer.AsSpan(0, read))
            {
                if (octet == (byte)'\n')
                {
                    // Empty lines count only when a line with content follows them.
                    emptyLines += inLine == 0 ? 1 : 0;
                    octets += inLine == 0 ? 0 : (2 * emptyLines) + inLine + 2;
                    emptyLines = inLine == 0 ? emptyLines : 0;
                    inLine = 0;
                    blank = false;
                }
                else if (relaxed && octet is (byte)' ' or (byte)'\t')
                {
                    blank = true;
                }
                else if (octet != (byte)'\r')
                {
                    inLine += blank ? 2 : 1;
                    blank = false;
                }
            }

            if (octets > signed)
            {
                return true;
            }
        }

        octets += inLine == 0 ? 0 : (2 * emptyLines) + inLine + 2;
        return Math.Max(octets, relaxed || octets > 0 ? octets : 2) > signed;
    }
}
