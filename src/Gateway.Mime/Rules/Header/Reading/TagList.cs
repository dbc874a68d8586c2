namespace Gateway.Mime.Rules.Header.Reading;

/// <summary>The <c>name=value;</c> lists of DKIM and ARC fields.</summary>
/// <remarks>Source: RFC 6376 section 3.2. Cost: one search for semicolons.</remarks>
internal static class TagList
{
    /// <summary>Finds the first tag of a one-letter name; its value without the white space around it.</summary>
    public static bool TryFind(ReadOnlySpan<byte> list, byte name, out Range value)
    {
        for (int start = 0; start < list.Length;)
        {
            int length = list[start..].IndexOf((byte)';');
            int end = length < 0 ? list.Length : start + length;
            while (start < end && IsBlank(list[start]))
            {
                start++;
            }

            int equals = start + 1;
            while (equals < end && IsBlank(list[equals]))
            {
                equals++;
            }

            if (equals < end && list[start] == name && list[equals] == (byte)'=')
            {
                int from = equals + 1;
                int to = end;
                for (; from < to && IsBlank(list[from]); from++)
                {
                }

                for (; from < to && IsBlank(list[to - 1]); to--)
                {
                }

                value = from..to;
                return true;
            }

            start = end + 1;
        }

        value = default;
        return false;
    }

    /// <summary>Octets of the longest tag, name and white space included.</summary>
    public static int Longest(ReadOnlySpan<byte> list)
    {
        int longest = 0;
        while (!list.IsEmpty)
        {
            int end = list.IndexOf((byte)';');
            int length = end < 0 ? list.Length : end;
            longest = Math.Max(longest, length);
            list = end < 0 ? default : list[(end + 1)..];
        }

        return longest;
    }

    private static bool IsBlank(byte octet) => octet is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';
}
