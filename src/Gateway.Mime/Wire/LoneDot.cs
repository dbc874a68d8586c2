namespace Gateway.Mime.Wire;

/// <summary>Finds lines that are a lone dot for a host that drops NUL.</summary>
internal static class LoneDot
{
    /// <summary>Looks back from a line end over the NULs in front of it.</summary>
    /// <param name="before">The last eight octets in front of the CR or LF, the nearest lowest.</param>
    /// <param name="count">The octets of the message in front of it.</param>
    /// <param name="isCrlf">It is the LF of a CRLF. A CR farther away was a bare one and has been judged itself.</param>
    /// <returns>How far back the dot is; 0 when there is none, or no NUL beside it.</returns>
    public static int BesideNul(ulong before, long count, bool isCrlf)
    {
        int seen = (int)Math.Min(count, sizeof(ulong));
        int dot = 0;
        bool nul = false;
        for (int back = isCrlf ? 2 : 1; back <= seen; back++)
        {
            byte octet = (byte)(before >> (8 * (back - 1)));
            if (octet == 0)
            {
                nul = true;
            }
            else if (dot == 0 && octet == (byte)'.')
            {
                dot = back;
            }
            else
            {
                return nul && octet is (byte)'\n' or (byte)'\r' ? dot : 0;
            }
        }

        // The start of the message is the start of a line too.
        return nul && seen == count ? dot : 0;
    }
}
