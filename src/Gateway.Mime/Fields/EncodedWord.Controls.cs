namespace Gateway.Mime.Fields;

/// <content>What a decoder that skips every octet it cannot read makes of a word.</content>
internal readonly partial record struct EncodedWord
{
    /// <summary>True when what is decoded holds CR, LF or NUL.</summary>
    /// <remarks>Looks at the whole text, and skips what is no base64, as clients do; <see cref="Decode"/> stops there. Cost: linear.</remarks>
    public bool DecodesToControl(ReadOnlySpan<byte> value)
    {
        // In UTF-16 and UTF-32 every second octet of a Latin text is zero: there whole units count.
        UnitCheck units = new(IsWide(value));
        ReadOnlySpan<byte> text = value.Slice(TextStart, TextLength);
        if (Encoding == 'Q')
        {
            AddQuoted(text, ref units);
        }
        else
        {
            AddBase64(text, ref units);
        }

        return units.Found;
    }

    private static void AddQuoted(ReadOnlySpan<byte> text, ref UnitCheck units)
    {
        for (int i = 0; i < text.Length; i++)
        {
            bool escape = text[i] == (byte)'=' && i + 2 < text.Length;
            if (escape && char.IsAsciiHexDigit((char)text[i + 1]) && char.IsAsciiHexDigit((char)text[i + 2]))
            {
                units.Add((byte)((Hex(text[i + 1]) << 4) | Hex(text[i + 2])));
                i += 2;
            }
            else if (text[i] is not ((byte)'\r' or (byte)'\n' or 0))
            {
                units.Add(text[i]);
            }
        }
    }

    private static void AddBase64(ReadOnlySpan<byte> text, ref UnitCheck units)
    {
        int bits = 0;
        int count = 0;
        foreach (byte octet in text)
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
    }

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
