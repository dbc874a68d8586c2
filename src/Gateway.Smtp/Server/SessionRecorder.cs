using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server;

/// <summary>The flight recorder of one session: its last commands and replies with their times.</summary>
/// <remarks>
/// Promises: never the content of a message, never a secret of AUTH, never more than <see cref="Capacity"/> octets; the oldest entries make
/// room. What was octets stays octets until somebody asks for <see cref="Lines"/>.
/// Threads: its session's. Cost: one read of the clock and one copy an entry, no allocation; memory comes from the pool and
/// grows with what is said, so a client that only says EHLO costs 256 to 512 octets.
/// </remarks>
public sealed class SessionRecorder(TimeProvider time)
{
    /// <summary>Octets kept of one session at the most.</summary>
    public const int Capacity = 16 * 1024;

    /// <summary>Octets kept of one line at the most.</summary>
    internal const int LongestText = 256;

    private const int FirstSize = 256;

    // Kind, octets kept, octets there were, microseconds.
    private const int HeaderSize = 1 + 2 + 4 + 8;

    private readonly long _start = time.GetTimestamp();
    private byte[] _ring = [];
    private int _first;
    private int _used;
    private int _count;
    private int _lost;
    private bool _suspicious;

    private enum Kind : byte
    {
        Command,
        MaskedCommand,
        Secret,
        Overlong,
        Content,
        Interrupted,
        Reply,
        MaskedReply,
        Note,
    }

    /// <summary>True once the client said anything; before, the log line of its end tells all there is.</summary>
    public bool HasHeard { get; private set; }

    /// <summary>Octets taken from the pool.</summary>
    internal int Size => _ring.Length;

    /// <summary>The one place that says which sessions end badly, so that their record is kept.</summary>
    /// <remarks>
    /// 421 by us or a refusal at the greeting (early talk, too many authentication failures, inspection time, no storage), too many errors or
    /// commands without mail, timeouts, data too slow, protocol abuse, and faults of ours. Not: a client that hung up, a drain
    /// of ours, a failed handshake.
    /// </remarks>
    public static bool EndsBadly(SessionEnd end) => end
        is SessionEnd.Refused or SessionEnd.TooManyErrors or SessionEnd.TimedOut or SessionEnd.TooSlow or SessionEnd.ProtocolViolation
        or SessionEnd.Fault;

    /// <summary>Lines there have been, kept or not.</summary>
    public int Count => _lost + _count;

    /// <summary>What is kept, oldest first.</summary>
    /// <param name="from">How many of the first lines are left out: <see cref="Count"/> of an earlier call for what came since.</param>
    public IReadOnlyList<SessionLine> Lines(int from = 0)
    {
        List<SessionLine> lines = new(Math.Max(0, Count - from) + 1);
        if (_lost > from)
        {
            lines.Add(new SessionLine(0, SessionVoice.Recorder, string.Create(CultureInfo.InvariantCulture, $"{_lost - from} earlier lines are not kept")));
        }

        Span<byte> header = stackalloc byte[HeaderSize];
        Span<byte> text = stackalloc byte[LongestText];
        int at = _first;
        for (int i = 0; i < _count; i++)
        {
            Read(at, header);
            int kept = Kept(header);
            Span<byte> octets = text[..kept];
            Read(Wrap(at + HeaderSize), octets);
            at = Wrap(at + HeaderSize + kept);
            if (_lost + i < from)
            {
                continue;
            }

            lines.Add(Line((Kind)header[0], octets, BinaryPrimitives.ReadUInt32LittleEndian(header[3..]), BinaryPrimitives.ReadInt64LittleEndian(header[7..])));
        }

        return lines;
    }

    /// <summary>A command line came.</summary>
    /// <param name="line">With its line end, if it has one.</param>
    /// <param name="secret">It answers a 334.</param>
    internal void Command(in ReadOnlySequence<byte> line, bool secret)
    {
        HasHeard = true;
        if (secret)
        {
            _suspicious = true;
            Add(Kind.Secret, default, line.Length);
        }
        else if (line.IsSingleSegment)
        {
            Command(line.FirstSpan);
        }
        else
        {
            // In two blocks: rare, and bounded by the limit of command lines.
            Command(line.ToArray());
        }
    }

    /// <summary>A command line over the limit came; nobody knows what is in it.</summary>
    internal void Overlong(long octets)
    {
        HasHeard = true;
        Add(Kind.Overlong, default, octets);
    }

    /// <summary>The content of a message came to its end, or to another end than it should.</summary>
    internal void Content(long octets, bool complete) => Add(complete ? Kind.Content : Kind.Interrupted, default, octets);

    /// <summary>A reply went out.</summary>
    internal void Reply(SmtpReply reply)
    {
        ReadOnlySpan<byte> wire = reply.Wire.Span;
        if (reply.Code == 334)
        {
            // What a server says to SCRAM lets a listener guess the password at home.
            Add(Kind.MaskedReply, wire[..3], wire.Length - 2);
            return;
        }

        int end = wire.IndexOf((byte)'\r');
        Add(Kind.Reply, wire[..end], wire.Length - 2);
    }

    /// <summary>Something happened beside the conversation.</summary>
    internal void Note(string text) => Add(Kind.Note, Encoding.ASCII.GetBytes(text), text.Length);

    /// <summary>Gives the memory back; nothing is kept any more.</summary>
    internal void Release()
    {
        byte[] ring = _ring;
        _ring = [];
        _first = _used = _count = _lost = 0;
        if (ring.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(ring);
        }
    }

    private static int Kept(ReadOnlySpan<byte> header) => BinaryPrimitives.ReadUInt16LittleEndian(header[1..]);

    private static SessionLine Line(Kind kind, ReadOnlySpan<byte> text, uint octets, long microseconds)
    {
        SessionVoice voice = kind switch
        {
            Kind.Reply or Kind.MaskedReply => SessionVoice.Server,
            Kind.Note => SessionVoice.Recorder,
            _ => SessionVoice.Client,
        };
        return new SessionLine(microseconds, voice, kind switch
        {
            Kind.Secret => string.Create(CultureInfo.InvariantCulture, $"*** ({octets} octets)"),
            Kind.Overlong => string.Create(CultureInfo.InvariantCulture, $"(line of {octets} octets)"),
            Kind.Content => string.Create(CultureInfo.InvariantCulture, $"DATA {octets} octets"),
            Kind.Interrupted => string.Create(CultureInfo.InvariantCulture, $"content, {octets} octets so far"),
            Kind.MaskedCommand or Kind.MaskedReply => Shown(text) + " ***",
            _ when text.Length < octets => string.Create(CultureInfo.InvariantCulture, $"{Shown(text)}... ({octets} octets)"),
            _ => Shown(text),
        });
    }

    /// <summary>Printable US-ASCII, whatever came.</summary>
    private static string Shown(ReadOnlySpan<byte> octets)
    {
        StringBuilder text = new(octets.Length);
        foreach (byte c in octets)
        {
            if (c is >= 0x20 and < 0x7F and not (byte)'\\' and not (byte)'|')
            {
                text.Append((char)c);
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"\\x{c:x2}");
            }
        }

        return text.ToString();
    }

    private void Command(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> bare = line.EndsWith("\r\n"u8) ? line[..^2] : line;
        int visible = SecretMask.Visible(bare, ref _suspicious);
        Add(visible < bare.Length ? Kind.MaskedCommand : Kind.Command, bare[..visible], bare.Length);
    }

    private void Add(Kind kind, ReadOnlySpan<byte> text, long octets)
    {
        text = text[..Math.Min(text.Length, LongestText)];
        int need = HeaderSize + text.Length;
        MakeRoom(need);
        Span<byte> header = stackalloc byte[HeaderSize];
        header[0] = (byte)kind;
        BinaryPrimitives.WriteUInt16LittleEndian(header[1..], (ushort)text.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[3..], (uint)Math.Min(octets, uint.MaxValue));
        BinaryPrimitives.WriteInt64LittleEndian(header[7..], time.GetElapsedTime(_start).Ticks / TimeSpan.TicksPerMicrosecond);
        Write(Wrap(_first + _used), header);
        Write(Wrap(_first + _used + HeaderSize), text);
        _used += need;
        _count++;
    }

    private void MakeRoom(int need)
    {
        if (_used + need > _ring.Length && _ring.Length < Capacity)
        {
            int wanted = Math.Max(FirstSize, _ring.Length);
            while (wanted < _used + need && wanted < Capacity)
            {
                wanted *= 2;
            }

            byte[] larger = ArrayPool<byte>.Shared.Rent(wanted);
            Read(_first, larger.AsSpan(0, _used));
            if (_ring.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(_ring);
            }

            _ring = larger;
            _first = 0;
        }

        Span<byte> header = stackalloc byte[HeaderSize];
        while (_used + need > _ring.Length)
        {
            Read(_first, header);
            int length = HeaderSize + Kept(header);
            _first = Wrap(_first + length);
            _used -= length;
            _count--;
            _lost++;
        }
    }

    private int Wrap(int at) => _ring.Length == 0 ? 0 : at % _ring.Length;

    private void Write(int at, ReadOnlySpan<byte> octets)
    {
        int straight = Math.Min(octets.Length, _ring.Length - at);
        octets[..straight].CopyTo(_ring.AsSpan(at));
        octets[straight..].CopyTo(_ring);
    }

    [NoThrow]
    private void Read(int at, Span<byte> octets)
    {
        int straight = Math.Min(octets.Length, _ring.Length - at);
        _ring.AsSpan(at, straight).CopyTo(octets);
        _ring.AsSpan(0, octets.Length - straight).CopyTo(octets[straight..]);
    }
}
