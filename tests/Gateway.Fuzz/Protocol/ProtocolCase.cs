using System.Globalization;
using System.Text;
using Gateway.TestKit;

namespace Gateway.Fuzz.Protocol;

/// <summary>The listeners that a case may speak to; each has its own limits and encryption.</summary>
internal enum Door
{
    /// <summary>In clear, default limits.</summary>
    Plain,

    /// <summary>In clear, every limit small.</summary>
    Tight,

    /// <summary>STARTTLS and AUTH offered.</summary>
    Optional,

    /// <summary>STARTTLS required.</summary>
    Required,

    /// <summary>TLS from the first octet.</summary>
    Implicit,
}

/// <summary>One connection of the fuzz: whom it speaks to, what it does, how its octets are cut. Can be written down.</summary>
/// <remarks>
/// The file form, one instruction a line: <c>D! Plain</c> the door, <c>P! 7</c> the seed of the cuts (0: none), <c>C! MAIL\r\n</c>
/// octets with the escapes of <see cref="GoldenConversation"/>, <c>W!</c> wait for the replies, <c>T!</c> TLS handshake, <c>H!</c> half close,
/// <c>R!</c> reset, <c>Z!</c> silence. Lines that begin with # say why it is kept.
/// </remarks>
internal sealed record ProtocolCase(Door Door, int Cuts, IReadOnlyList<ProtocolStep> Steps)
{
    private static readonly (StepKind Kind, string Letter)[] Letters =
    [
        (StepKind.Send, "C!"), (StepKind.Wait, "W!"), (StepKind.Secure, "T!"), (StepKind.HalfClose, "H!"), (StepKind.Reset, "R!"), (StepKind.Stall, "Z!"),
    ];

    /// <summary>Reads the file form.</summary>
    public static ProtocolCase Parse(string name, string text)
    {
        Door door = Door.Plain;
        int cuts = 0;
        List<ProtocolStep> steps = [];
        foreach (string line in text.Split('\n').Select(static l => l.TrimEnd('\r')).Where(static l => l.Length > 0 && l[0] != '#'))
        {
            string letter = line.Length < 2 ? line : line[..2];
            string rest = line.Length > 3 ? line[3..] : string.Empty;
            if (letter == "D!")
            {
                door = Enum.Parse<Door>(rest);
            }
            else if (letter == "P!")
            {
                cuts = int.Parse(rest, CultureInfo.InvariantCulture);
            }
            else if (Letters.Any(l => l.Letter == letter))
            {
                StepKind kind = Letters.First(l => l.Letter == letter).Kind;
                steps.Add(new ProtocolStep(kind, kind == StepKind.Send ? Encoding.Latin1.GetBytes(GoldenConversation.Unescape(rest)) : null));
            }
            else
            {
                throw new FormatException($"{name}: '{line}' begins with none of D! P! C! W! T! H! R! Z! #.");
            }
        }

        return new ProtocolCase(door, cuts, steps);
    }

    /// <summary>Writes the file form.</summary>
    /// <param name="why">One line or more, for whoever reads it later.</param>
    public string Write(string why)
    {
        StringBuilder text = new();
        foreach (string line in why.Split('\n'))
        {
            text.Append("# ").Append(Printable(Encoding.UTF8.GetBytes(line.TrimEnd('\r')))).Append('\n');
        }

        text.Append(CultureInfo.InvariantCulture, $"D! {Door}\nP! {Cuts}\n");
        foreach (ProtocolStep step in Steps)
        {
            text.Append(Letters.First(l => l.Kind == step.Kind).Letter);
            if (step.Octets is not null)
            {
                text.Append(' ').Append(Printable(step.Octets));
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    private static string Printable(ReadOnlySpan<byte> octets)
    {
        StringBuilder text = new(octets.Length + 16);
        foreach (byte octet in octets)
        {
            _ = octet switch
            {
                (byte)'\r' => text.Append("\\r"),
                (byte)'\n' => text.Append("\\n"),
                (byte)'\\' => text.Append("\\\\"),
                >= 0x20 and < 0x7F => text.Append((char)octet),
                _ => text.Append(CultureInfo.InvariantCulture, $"\\x{octet:x2}"),
            };
        }

        return text.ToString();
    }
}
