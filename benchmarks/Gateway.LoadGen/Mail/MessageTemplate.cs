using System.IO.Hashing;
using System.Text;

namespace Gateway.LoadGen.Mail;

/// <summary>All of a message but its number: written once, sent often.</summary>
internal sealed class MessageTemplate
{
    private static ReadOnlySpan<byte> DotAtLineStart => "\r\n."u8;

    /// <summary>Makes one.</summary>
    /// <param name="label">Says what it is, in reports.</param>
    /// <param name="isHostile">Whether it is meant to do harm.</param>
    /// <param name="frame">Its marks.</param>
    /// <param name="content">The content behind the marks of the head and before those of the end; ends with CRLF.</param>
    public MessageTemplate(string label, bool isHostile, Frame frame, ReadOnlyMemory<byte> content)
    {
        Label = label;
        IsHostile = isHostile;
        Frame = frame;
        Content = content;
        Hash = XxHash3.HashToUInt64(content.Span);
        int blank = content.Span.IndexOf("\r\n\r\n"u8);
        int body = content.Span.StartsWith("\r\n"u8) ? 2 : blank >= 0 ? blank + 4 : content.Length;
        BodyHash = XxHash3.HashToUInt64(content.Span[body..]);
        BodyOctets = content.Length - body;
        Stuffed = Stuff(content);
        HeadOctets = LoadId.LineOctets + (frame == Frame.Bare ? 0 : LoadId.MessageIdOctets);
        EndOctets = frame switch { Frame.Bare => 0, Frame.Text => LoadId.EndMarkOctets, _ => LoadId.EndMarkOctets + LoadId.Closing.Length };
    }

    /// <summary>What it is.</summary>
    public string Label { get; }

    /// <summary>Whether it is meant to do harm.</summary>
    public bool IsHostile { get; }

    /// <summary>Its marks.</summary>
    public Frame Frame { get; }

    /// <summary>As BDAT sends it.</summary>
    public ReadOnlyMemory<byte> Content { get; }

    /// <summary>As DATA sends it: dots doubled, without the end.</summary>
    public ReadOnlyMemory<byte> Stuffed { get; }

    /// <summary>XxHash3 of <see cref="Content"/>.</summary>
    public ulong Hash { get; }

    /// <summary>XxHash3 of what of it stands behind the first empty line.</summary>
    public ulong BodyHash { get; }

    /// <summary>Octets of what of it stands behind the first empty line.</summary>
    public int BodyOctets { get; }

    /// <summary>Octets of the marks before it.</summary>
    public int HeadOctets { get; }

    /// <summary>Octets of the marks behind it.</summary>
    public int EndOctets { get; }

    /// <summary>Octets of the whole message.</summary>
    public int Octets => HeadOctets + Content.Length + EndOctets;

    /// <summary>Writes the marks of the head; returns their length.</summary>
    public int WriteHead(LoadId id, Span<byte> to)
    {
        id.WriteLine(to);
        if (Frame != Frame.Bare)
        {
            id.WriteMessageId(to[LoadId.LineOctets..]);
        }

        return HeadOctets;
    }

    /// <summary>Writes the marks of the end; returns their length.</summary>
    public int WriteEnd(LoadId id, Span<byte> to)
    {
        if (Frame != Frame.Bare)
        {
            id.WriteEndMark(to);
        }

        if (Frame == Frame.Multipart)
        {
            LoadId.Closing.CopyTo(to[LoadId.EndMarkOctets..]);
        }

        return EndOctets;
    }

    /// <summary>Hash and length that the sink must find: of all, or of the body only.</summary>
    public (ulong Hash, long Octets) Expected(bool bodyOnly) => bodyOnly ? (BodyHash, BodyOctets + EndOctets) : (Hash, Octets);

    /// <summary>The name of a message with this content.</summary>
    public LoadId Name(uint run, uint sequence, long intended, bool bodyOnly = false)
    {
        (ulong hash, long octets) = Expected(bodyOnly);
        return new LoadId(run, sequence, IsHostile, intended, hash, (uint)octets, Frame);
    }

    /// <summary>A message from a file: as it is, behind the first line; LF alone becomes CRLF where a file has nothing else.</summary>
    public static MessageTemplate FromFile(string path, bool isHostile)
    {
        byte[] octets = File.ReadAllBytes(path);
        if (octets.AsSpan().StartsWith("From "u8))
        {
            octets = octets[(octets.AsSpan().IndexOf((byte)'\n') + 1)..];
        }

        if (octets.AsSpan().IndexOf("\r\n"u8) < 0)
        {
            octets = Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(octets).Replace("\n", "\r\n", StringComparison.Ordinal));
        }

        return new MessageTemplate(Path.GetFileName(path), isHostile, Frame.Bare, octets.AsSpan().EndsWith("\r\n"u8) ? octets : (byte[])[.. octets, .. "\r\n"u8]);
    }

    private static ReadOnlyMemory<byte> Stuff(ReadOnlyMemory<byte> content)
    {
        ReadOnlySpan<byte> rest = content.Span;
        bool first = rest.Length > 0 && rest[0] == '.';
        int dots = rest.Count(DotAtLineStart) + (first ? 1 : 0);
        if (dots == 0)
        {
            return content;
        }

        byte[] stuffed = new byte[rest.Length + dots];
        int at = 0;
        if (first)
        {
            stuffed[at++] = (byte)'.';
        }

        for (int dot; (dot = rest.IndexOf(DotAtLineStart)) >= 0; rest = rest[(dot + 2)..])
        {
            rest[..(dot + 2)].CopyTo(stuffed.AsSpan(at));
            at += dot + 2;
            stuffed[at++] = (byte)'.';
        }

        rest.CopyTo(stuffed.AsSpan(at));
        return stuffed;
    }
}
