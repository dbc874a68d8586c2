namespace Gateway.Checking;

/// <summary>How the line ends of a file are understood.</summary>
internal enum LineEndings
{
    /// <summary>A message whose lines all end in LF is taken as stored and gets CRLF; any other is taken as it is.</summary>
    Auto,

    /// <summary>Octets are taken as they are.</summary>
    Wire,
}

/// <summary>Turns the stored form of a message into the form it has on the wire.</summary>
internal static class StoredForm
{
    /// <summary>Whether there is a line end and every one is LF alone.</summary>
    public static bool IsStored(ReadOnlySpan<byte> message) => message.Contains((byte)'\n') && message.IndexOf("\r\n"u8) < 0;

    /// <summary>Octets that <see cref="ToWire"/> writes.</summary>
    public static int WireLength(ReadOnlySpan<byte> message) => checked(message.Length + message.Count((byte)'\n'));

    /// <summary>Writes the message with CR before every LF.</summary>
    /// <param name="message">A message for which <see cref="IsStored"/> holds.</param>
    /// <param name="wire">At least <see cref="WireLength"/> octets, elsewhere in memory.</param>
    /// <returns>The octets written.</returns>
    public static int ToWire(ReadOnlySpan<byte> message, Span<byte> wire)
    {
        int written = 0;
        for (int end; (end = message.IndexOf((byte)'\n')) >= 0; message = message[(end + 1)..])
        {
            message[..end].CopyTo(wire[written..]);
            written += end;
            wire[written++] = (byte)'\r';
            wire[written++] = (byte)'\n';
        }

        message.CopyTo(wire[written..]);
        return written + message.Length;
    }
}
