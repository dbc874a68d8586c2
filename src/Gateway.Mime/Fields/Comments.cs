namespace Gateway.Mime.Fields;

/// <summary>Comments of structured fields (RFC 5322 3.2.2), which nest.</summary>
internal static class Comments
{
    /// <summary>Reads from an opening parenthesis: where the comment is over, -1 when never, and how deep it nests.</summary>
    public static (int End, int Depth) Skip(ReadOnlySpan<byte> value, int at)
    {
        int depth = 0;
        int deepest = 0;
        while (at < value.Length)
        {
            int next = value[at..].IndexOfAny((byte)'(', (byte)')', (byte)'\\');
            if (next < 0)
            {
                break;
            }

            at += next;
            switch (value[at])
            {
                case (byte)'(':
                    deepest = Math.Max(deepest, ++depth);
                    break;
                case (byte)')':
                    depth--;
                    break;
                default:
                    at++;
                    break;
            }

            at++;
            if (depth == 0)
            {
                return (Math.Min(at, value.Length), deepest);
            }
        }

        return (-1, deepest);
    }

    /// <summary>The deepest nesting of comments in a value, outside of quoted strings, and where it begins.</summary>
    public static (int Depth, int At) Deepest(ReadOnlySpan<byte> value)
    {
        (int deepest, int place) = (0, 0);
        int at = 0;
        while (value[at..].IndexOfAny((byte)'(', (byte)'"', (byte)'\\') is var next and >= 0)
        {
            at += next;
            if (value[at] == '(')
            {
                (int end, int depth) = Skip(value, at);
                (deepest, place) = depth > deepest ? (depth, at) : (deepest, place);
                at = end < 0 ? value.Length : end;
            }
            else if (value[at] == '\\')
            {
                at = Math.Min(value.Length, at + 2);
            }
            else
            {
                // A quoted string; one that never ends hides nothing from a reader that ignores quotes, so only its mark is passed.
                int quote = EndOfQuoted(value, at);
                at = quote < 0 ? at + 1 : quote;
            }
        }

        return (deepest, place);
    }

    /// <summary>A value without its comments and the blanks around it; a comment that does not end takes the rest.</summary>
    public static byte[] Without(ReadOnlySpan<byte> value)
    {
        List<byte> kept = new(value.Length);
        for (int at = 0; at < value.Length;)
        {
            int next = value[at] switch
            {
                (byte)'(' => Skip(value, at).End,
                (byte)'"' => EndOfQuoted(value, at),
                _ => at + 1,
            };
            next = next < 0 ? value.Length : next;
            kept.AddRange(value[at] == (byte)'(' ? default : value[at..next]);
            at = next;
        }

        return kept.ToArray().AsSpan().Trim(" \t\r\n"u8).ToArray();
    }

    private static int EndOfQuoted(ReadOnlySpan<byte> value, int at)
    {
        for (at++; at < value.Length; at++)
        {
            int next = value[at..].IndexOfAny((byte)'"', (byte)'\\');
            if (next < 0)
            {
                return -1;
            }

            at += next;
            if (value[at] == '"')
            {
                return at + 1;
            }

            at++;
        }

        return -1;
    }
}
