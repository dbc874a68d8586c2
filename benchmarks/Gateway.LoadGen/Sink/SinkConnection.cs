using System.Diagnostics;
using System.Net.Security;
using System.Text;
using Gateway.LoadGen.Account;
using Gateway.LoadGen.Net;

namespace Gateway.LoadGen.Sink;

/// <summary>One client of the sink.</summary>
/// <remarks>Replies to what came together are sent together. Threads: the loop's own.</remarks>
internal sealed class SinkConnection : Connection
{
    private const int LongestLine = 4096;

    private readonly SmtpSink _sink;
    private readonly SinkFaults _faults;
    private readonly ContentReader _content;
    private readonly List<int> _recipients = [];
    private readonly byte[] _hello;
    private byte[] _replies = new byte[1024];
    private int _replied;
    private Phase _phase = Phase.Command;
    private long _chunk;
    private bool _chunkIsLast;
    private bool _inChunks;
    private bool _hasNullSender;
    private bool _leaving;
    private bool _isPaused;

    public SinkConnection(EventLoop loop, SmtpSink sink, SinkFaults faults, int descriptor)
        : base(loop)
    {
        _sink = sink;
        _faults = faults;
        SinkPlan plan = sink.Plan;
        _content = new ContentReader(plan.ComparesBody);
        _hello = Encoding.ASCII.GetBytes(
            "250-sink.loadgen.example\r\n" + (plan.OffersPipelining ? "250-PIPELINING\r\n" : string.Empty) + (plan.OffersChunking ? "250-CHUNKING\r\n250-BINARYMIME\r\n" : string.Empty)
            + (plan.Certificate is null ? string.Empty : "250-STARTTLS\r\n") + "250-8BITMIME\r\n250-SMTPUTF8\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE 1073741824\r\n");
        Open(descriptor, connecting: false);
        Send("220 sink.loadgen.example ESMTP\r\n"u8);
    }

    private enum Phase
    {
        Command,
        Data,
        Chunk,
    }

    /// <summary>Gives the descriptor back when the loop is gone.</summary>
    public void Release() => CloseDetached();

    /// <inheritdoc/>
    protected override void OnClosed(string why) => _sink.Forget(this);

    /// <inheritdoc/>
    protected override int OnReceived(ReadOnlySpan<byte> octets)
    {
        int at = 0;
        _isPaused = false;
        while (IsOpen && !_leaving && !_isPaused)
        {
            int done = _phase switch
            {
                Phase.Data => Data(octets[at..]),
                Phase.Chunk => Chunk(octets[at..]),
                _ => Line(octets[at..]),
            };
            if (done == 0)
            {
                break;
            }

            at += done;
        }

        FlushReplies();
        if (_leaving)
        {
            Close();
            _sink.Forget(this);
        }

        return at;
    }

    /// <inheritdoc/>
    protected override void OnSecured(string? failure)
    {
        if (failure is not null)
        {
            Close();
            _sink.Forget(this);
        }
    }

    private int Line(ReadOnlySpan<byte> octets)
    {
        int length = octets.IndexOf((byte)'\n') + 1;
        if (length == 0)
        {
            if (octets.Length > LongestLine)
            {
                Reply("500 5.5.2 Line too long\r\n"u8);
                _leaving = true;
            }

            return 0;
        }

        Command(octets[..length]);
        return length;
    }

    private void Command(ReadOnlySpan<byte> line)
    {
        uint verb = line.Length < 4 ? 0 : Verb(line);
        if (verb == Verb("MAIL"u8))
        {
            _hasNullSender = line.IndexOf("<>"u8) >= 0;
            _recipients.Clear();
            _inChunks = false;
            Reply("250 2.1.0 Ok\r\n"u8);
        }
        else if (verb == Verb("RCPT"u8))
        {
            _recipients.Add(Recipient(line));
            Reply("250 2.1.5 Ok\r\n"u8);
        }
        else if (verb == Verb("DATA"u8))
        {
            _content.Reset();
            _phase = Phase.Data;
            Reply("354 Go on\r\n"u8);
        }
        else if (verb == Verb("BDAT"u8) && _sink.Plan.OffersChunking)
        {
            BeginChunk(line);
        }
        else if (verb == Verb("EHLO"u8))
        {
            Reply(_hello);
        }
        else if (verb == Verb("QUIT"u8))
        {
            Reply("221 2.0.0 Bye\r\n"u8);
            _leaving = true;
        }
        else if (verb == Verb("STAR"u8) && _sink.Plan.Certificate is not null && !IsSecured)
        {
            Reply("220 2.0.0 Go on\r\n"u8);
            FlushReplies();
            _isPaused = true;
            Secure(client: null, new SslServerAuthenticationOptions { ServerCertificate = _sink.Plan.Certificate });
        }
        else if (verb == Verb("HELO"u8) || verb == Verb("RSET"u8) || verb == Verb("NOOP"u8))
        {
            _inChunks = false;
            Reply("250 2.0.0 Ok\r\n"u8);
        }
        else
        {
            Reply("502 5.5.1 Not here\r\n"u8);
        }
    }

    private void BeginChunk(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> number = line[4..].TrimStart((byte)' ');
        if (!System.Buffers.Text.Utf8Parser.TryParse(number, out long octets, out int digits) || octets < 0)
        {
            Reply("501 5.5.4 How many?\r\n"u8);
            _leaving = true;
            return;
        }

        if (!_inChunks)
        {
            _content.Reset();
            _inChunks = true;
        }

        _chunk = octets;
        _chunkIsLast = number[digits..].IndexOfAny("Ll"u8) >= 0;
        _phase = Phase.Chunk;
        if (octets == 0)
        {
            EndChunk();
        }
    }

    private int Chunk(ReadOnlySpan<byte> octets)
    {
        int there = (int)Math.Min(_chunk, octets.Length);
        if (there == 0)
        {
            return 0;
        }

        int done = _content.ReadChunk(octets[..there], isEnd: there == _chunk);
        _chunk -= done;
        if (_chunk == 0)
        {
            EndChunk();
        }

        return done;
    }

    private void EndChunk()
    {
        _phase = Phase.Command;
        if (_chunkIsLast)
        {
            _inChunks = false;
            EndMessage();
        }
        else
        {
            Reply("250 2.0.0 Ok\r\n"u8);
        }
    }

    private int Data(ReadOnlySpan<byte> octets)
    {
        int done = _content.ReadData(octets, out bool ended);
        if (ended)
        {
            _phase = Phase.Command;
            EndMessage();
        }

        return done;
    }

    private void EndMessage()
    {
        Arrival? arrival = _content.Finish();
        switch (_faults.Choose(arrival?.Id))
        {
            case SinkAction.TempFail:
                Reply("451 4.3.0 Not now (on purpose)\r\n"u8);
                break;
            case SinkAction.Hang:
                FlushReplies();
                _isPaused = true;
                Pause();
                break;
            case SinkAction.Drop:
                FlushReplies();
                _leaving = true;
                break;
            default:
                Take(arrival);
                break;
        }
    }

    private void Take(Arrival? arrival)
    {
        long now = Stopwatch.GetTimestamp();
        _sink.Count(arrival, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_recipients), _hasNullSender, now);
        if (_sink.Plan.Latency == TimeSpan.Zero)
        {
            Reply("250 2.0.0 Ok\r\n"u8);
            return;
        }

        FlushReplies();
        _isPaused = true;
        Pause();
        Loop.At(now + (long)_sink.Plan.Latency.TotalNanoseconds, () =>
        {
            if (IsOpen)
            {
                Reply("250 2.0.0 Ok\r\n"u8);
                FlushReplies();
                Resume();
            }
        });
    }

    private void Reply(ReadOnlySpan<byte> reply)
    {
        if (_replied + reply.Length > _replies.Length)
        {
            FlushReplies();
            if (reply.Length > _replies.Length)
            {
                _replies = new byte[reply.Length * 2];
            }
        }

        reply.CopyTo(_replies.AsSpan(_replied));
        _replied += reply.Length;
    }

    private void FlushReplies()
    {
        if (_replied > 0)
        {
            Send(_replies.AsSpan(0, _replied));
            _replied = 0;
        }
    }

    private static uint Verb(ReadOnlySpan<byte> line)
        => System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(line) & 0xDFDFDFDF;

    // The number in <r17@...; -1 for somebody else.
    private static int Recipient(ReadOnlySpan<byte> line)
    {
        int at = line.IndexOf("<r"u8);
        return at >= 0 && System.Buffers.Text.Utf8Parser.TryParse(line[(at + 2)..], out int number, out _) ? number : -1;
    }
}
