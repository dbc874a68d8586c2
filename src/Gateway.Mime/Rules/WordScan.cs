namespace Gateway.Mime.Rules;

/// <summary>One encoded word, as ranges of the text it stands in.</summary>
/// <remarks>Source: RFC 2047 section 2, read as clients do: blanks inside and any length are taken. Cost: linear over a whole text.</remarks>
internal readonly ref struct WordScan
{
    private WordScan(ReadOnlySpan<byte> charset, byte encoding, ReadOnlySpan<byte> text, int start, int end)
    {
        Charset = charset;
        Encoding = encoding;
        Text = text;
        Start = start;
        End = end;
    }

    public ReadOnlySpan<byte> Charset { get; }

    /// <summary><c>b</c> or <c>q</c>.</summary>
    public byte Encoding { get; }

    /// <summary>What is encoded.</summary>
    public ReadOnlySpan<byte> Text { get; }

    /// <summary>Where it starts in the text searched.</summary>
    public int Start { get; }

    /// <summary>Behind its last octet.</summary>
    public int End { get; }

    /// <summary>Finds the next encoded word from an index on.</summary>
    public static bool TryFind(ReadOnlySpan<byte> text, int from, out WordScan word)
    {
        for (int at = from; at < text.Length;)
        {
            int found = text[at..].IndexOf("=?"u8);
            if (found < 0)
            {
                break;
            }

            int start = at + found;
            at = start + 2;
            int charset = text[at..].IndexOf((byte)'?');
            if (charset < 0)
            {
                break;
            }

            // charset ? encoding ? text ?=
            int encoding = at + charset + 1;
            if (charset == 0 || encoding + 1 >= text.Length || text[encoding + 1] != (byte)'?' || (text[encoding] | 0x20) is not ('b' or 'q'))
            {
                continue;
            }

            int content = encoding + 2;
            int length = text[content..].IndexOf((byte)'?');
            if (length < 0)
            {
                break;
            }

            int end = content + length;
            if (end + 1 < text.Length && text[end + 1] == (byte)'=')
            {
                word = new WordScan(text.Slice(at, charset), (byte)(text[encoding] | 0x20), text[content..end], start, end + 2);
                return true;
            }

            at = content;
        }

        word = default;
        return false;
    }

    /// <summary>True when what is decoded holds CR, LF or NUL.</summary>
    public bool DecodesToControl()
    {
        // In UTF-16 and UTF-32 every second octet of a Latin text is zero: there whole units count.
        bool wide = Charset.Length >= 6 && (System.Text.Ascii.EqualsIgnoreCase(Charset[..6], "utf-16"u8) || System.Text.Ascii.EqualsIgnoreCase(Charset[..6], "utf-32"u8));
        UnitCheck units = new(wide);
        if (Encoding == (byte)'q')
        {
            for (int i = 0; i < Text.Length; i++)
            {
                if (Text[i] == (byte)'=' && i + 2 < Text.Length && Hex(Text[i + 1]) is >= 0 and int high && Hex(Text[i + 2]) is >= 0 and int low)
                {
                    i += 2;
                    units.Add((byte)((high << 4) | low));
                }
                else if (Text[i] is not ((byte)'\r' or (byte)'\n' or 0))
                {
                    units.Add(Text[i]);
                }
            }

            return units.Found;
        }

        int bits = 0;
        int count = 0;
        foreach (byte octet in Text)
        {
            if (Symbol(octet) is >= 0 and int symbol)
            {
                bits = (bits << 6) | symbol;
                count += 6;
                if (count >= 8)
                {
                    count -= 8;
                    units.Add((byte)(bits >> count));
                }
            }
        }

        return units.Found;
    }

    private static int Hex(byte octet) => octet switch
    {
        >= (byte)'0' and <= (byte)'9' => octet - '0',
        >= (byte)'A' and <= (byte)'F' => octet - 'A' + 10,
        >= (byte)'a' and <= (byte)'f' => octet - 'a' + 10,
        _ => -1,
    };

    private static int Symbol(byte octet) => octet switch
    {
        >= (byte)'A' and <= (byte)'Z' => octet - 'A',
        >= (byte)'a' and <= (byte)'z' => octet - 'a' + 26,
        >= (byte)'0' and <= (byte)'9' => octet - '0' + 52,
        (byte)'+' => 62,
        (byte)'/' => 63,
        _ => -1,
    };

    /// <summary>Looks at decoded octets, or at pairs of them, for CR, LF and NUL.</summary>
    private struct UnitCheck(bool wide)
    {
        private int _first = -1;

        public bool Found { get; private set; }

        public void Add(byte octet)
        {
            if (!wide)
            {
                Found |= octet is (byte)'\r' or (byte)'\n' or 0;
            }
            else if (_first < 0)
            {
                _first = octet;
            }
            else
            {
                // Either order of octets.
                Found |= (_first == 0 && octet is 13 or 10 or 0) || (octet == 0 && _first is 13 or 10);
                _first = -1;
            }
        }
    }
}
