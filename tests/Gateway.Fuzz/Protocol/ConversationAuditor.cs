using System.Text;

namespace Gateway.Fuzz.Protocol;

/// <summary>Keeps account of a conversation: which commands were sent whole, and that each got one reply, in order.</summary>
/// <remarks>
/// It follows the server's own replies (354 means that content comes, 334 that a secret comes) and reads nothing of the server's
/// code. What it cannot know for sure, such as whether octets behind DATA were seen in time, it leaves to the server.
/// Threads: all members lock; the sending and the reading side of a client both call.
/// </remarks>
internal sealed class ConversationAuditor
{
    private const int LongestLine = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly Queue<HeardReply> _replies = new();
    private readonly List<byte> _sent = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _at;
    private long _chunkLeft;
    private bool _chunkIsLast;
    private bool _owed;
    private Phase _phase = Phase.Greeting;
    private HeardReply _last;

    private enum Phase
    {
        Greeting,
        Command,
        Content,
        Chunk,
        Secret,
        TlsReady,
        Over,
        Blind,
    }

    /// <summary>The first thing that was wrong, or null.</summary>
    public string? Violation { get; private set; }

    /// <summary>Messages that the server has taken.</summary>
    public int Accepted { get; private set; }

    /// <summary>Replies that came.</summary>
    public int Replies { get; private set; }

    /// <summary>The server said 220 to STARTTLS and waits for the handshake.</summary>
    public bool IsTlsReady => Locked(() => _phase == Phase.TlsReady);

    /// <summary>What comes is no SMTP in clear.</summary>
    public bool IsBlind => Locked(() => _phase == Phase.Blind);

    /// <summary>What was wrong is that the server hung up.</summary>
    public bool HungUpOnUs { get; private set; }

    /// <summary>The server may hang up now without another word.</summary>
    public bool MayHangUp { get; private set; }

    /// <summary>Octets were sent.</summary>
    public void Sent(ReadOnlySpan<byte> octets)
    {
        lock (_gate)
        {
            _sent.AddRange(octets);
            if (_phase == Phase.TlsReady)
            {
                // Not what a handshake looks like: whatever the server makes of it, it says nothing that could be read.
                _phase = Phase.Blind;
            }

            Advance();
        }
    }

    /// <summary>A reply came.</summary>
    public void Heard(HeardReply reply)
    {
        lock (_gate)
        {
            Replies++;
            _replies.Enqueue(reply);
            Advance();
        }
    }

    /// <summary>The handshake was held; all before is forgotten.</summary>
    public void Secured(bool greetingFollows)
    {
        lock (_gate)
        {
            _sent.Clear();
            _at = 0;
            _phase = greetingFollows ? Phase.Greeting : Phase.Command;
            Advance();
        }
    }

    /// <summary>From now on nothing can be said about what should come: the handshake failed or was never meant.</summary>
    public void Blind()
    {
        lock (_gate)
        {
            _phase = Phase.Blind;
            Advance();
        }
    }

    /// <summary>Completes when no reply is owed, or never may be.</summary>
    public async Task SettledAsync(CancellationToken ct)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (!_owed || _phase is Phase.Over or Phase.Blind || Violation is not null)
                {
                    return;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(ct);
        }
    }

    /// <summary>The server has hung up in an orderly way.</summary>
    /// <param name="clientWasDone">The client had closed its sending half before.</param>
    public void HungUp(bool clientWasDone)
    {
        lock (_gate)
        {
            // In TlsReady: the handshake did not come in time, and there is nobody to tell it to.
            if (Violation is not null || MayHangUp || _phase is Phase.Over or Phase.Blind or Phase.TlsReady)
            {
                return;
            }

            HungUpOnUs = true;
            if (_owed)
            {
                Violation = $"the server hung up and owes a reply in {_phase} behind '{_last}'";
            }
            else if (!clientWasDone)
            {
                Violation = $"the server hung up without a reason in {_phase} behind '{_last}'";
            }
        }
    }

    private void Advance()
    {
        while (Violation is null && Step())
        {
        }

        TaskCompletionSource old = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        old.SetResult();
    }

    private bool Step()
    {
        int octets = 0;
        switch (_phase)
        {
            case Phase.Blind:
                _replies.Clear();
                return false;
            case Phase.Over:
                _owed = false;
                // Behind a reply that ends a session only the 421 of too many errors may come.
                if (_replies.TryDequeue(out HeardReply extra) && (extra.Code != 421 || _last.Code is 221 or 421))
                {
                    Violation = $"'{extra}' behind '{_last}', which ends the session";
                }

                return false;
            case Phase.Greeting:
                _owed = true;
                break;
            case Phase.TlsReady:
                _owed = false;
                break;
            case Phase.Command or Phase.Secret:
                int lf = _sent.IndexOf((byte)'\n', _at);
                octets = lf >= 0 ? lf + 1 - _at : 0;
                _owed = lf >= 0 || _sent.Count - _at > LongestLine;
                if (octets > 0 && _phase == Phase.Command && BeginsChunk(octets))
                {
                    return true;
                }

                break;
            case Phase.Content:
                octets = EndOfData();
                _owed = octets > 0;
                break;
            case Phase.Chunk:
                _owed = _sent.Count - _at >= _chunkLeft;
                octets = _owed ? (int)_chunkLeft : 0;
                break;
        }

        if (!_replies.TryDequeue(out HeardReply reply))
        {
            return false;
        }

        _last = reply;
        Take(reply, octets);
        _at += octets;
        if (_at > 1 << 16)
        {
            _sent.RemoveRange(0, _at);
            _at = 0;
        }

        return true;
    }

    private void Take(HeardReply reply, int octets)
    {
        if (_phase == Phase.Greeting)
        {
            _phase = reply.Code == 220 ? Phase.Command : Phase.Over;
            return;
        }

        if (!_owed)
        {
            // A limit, a time or a drain ends a session at any moment; content and chunks over twice the limit too.
            bool cut = reply.Code == 421 || (reply.Code is 552 or 503 or 554 or 530 && _phase is Phase.Content or Phase.Chunk);
            Violation = cut ? null : $"'{reply}' answers nothing, in {_phase}";
            _phase = Phase.Over;
            return;
        }

        bool ends = reply.Code is 221 or 421 || (reply.Code == 554 && reply.Text.EndsWith("synchronization", StringComparison.Ordinal));
        string line = _phase == Phase.Command ? Encoding.Latin1.GetString(_sent.GetRange(_at, Math.Min(8, _sent.Count - _at)).ToArray()).ToUpperInvariant() : string.Empty;
        switch (_phase)
        {
            case Phase.Content:
                Accepted += reply.IsSuccess ? 1 : 0;
                MayHangUp |= IsSuspect(octets) || reply.Code == 552;
                _phase = Phase.Command;
                break;
            case Phase.Chunk:
                Accepted += reply.IsSuccess && _chunkIsLast ? 1 : 0;
                // Refused octets are read and thrown away, but not for ever: the reply may have come before the last of them.
                MayHangUp |= reply.Code >= 500;
                _phase = Phase.Command;
                break;
            default:
                // A session ends for a line that nobody can skip, and for one that says BDAT but not how many octets follow.
                ends |= reply.Code is 500 or 501 or 503 or 530 && (octets == 0 || octets > LongestLine || SaysChunk(line));
                _phase = reply.Code == 354 ? Phase.Content : reply.Code == 334 ? Phase.Secret : reply.Code == 220 ? Phase.TlsReady : Phase.Command;
                bool fits = reply.Code switch
                {
                    354 => line.StartsWith("DATA", StringComparison.Ordinal),
                    220 => line.StartsWith("STARTTLS", StringComparison.Ordinal),
                    221 => line.StartsWith("QUIT", StringComparison.Ordinal),
                    _ => true,
                };
                Violation = fits ? null : $"'{reply}' answers '{line}'";
                if (_phase == Phase.TlsReady && _sent.Count > _at + octets)
                {
                    // Sent behind STARTTLS but seen too late for a refusal: it ends in the handshake.
                    _phase = Phase.Blind;
                }

                break;
        }

        _phase = ends ? Phase.Over : _phase;
    }

    private static bool SaysChunk(string line) => line.StartsWith("BDAT", StringComparison.Ordinal) && (line.Length == 4 || line[4] <= ' ');

    /// <summary>A well-formed BDAT: its octets come before its reply.</summary>
    private bool BeginsChunk(int octets)
    {
        string line = Encoding.Latin1.GetString(_sent.GetRange(_at, octets).ToArray());
        if (octets > 250 || !line.EndsWith("\r\n", StringComparison.Ordinal) || line[..^2].Any(static c => c is < ' ' or '\x7f'))
        {
            return false;
        }

        string[] words = line[..^2].TrimEnd(' ').Split(' ', StringSplitOptions.RemoveEmptyEntries);
        bool isChunk = line[0] != ' ' && words.Length is 2 or 3 && words[0].Equals("BDAT", StringComparison.OrdinalIgnoreCase)
            && words[1].All(char.IsAsciiDigit) && words[1].Length <= 19
            && long.TryParse(words[1], out _chunkLeft)
            && (words.Length == 2 || words[2].Equals("LAST", StringComparison.OrdinalIgnoreCase));
        if (isChunk)
        {
            _chunkIsLast = words.Length == 3;
            _at += octets;
            _phase = Phase.Chunk;
        }

        return isChunk;
    }

    /// <summary>Octets up to the end of CRLF.CRLF, or 0 while it has not come.</summary>
    private int EndOfData()
    {
        ReadOnlySpan<byte> rest = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_sent)[_at..];
        if (rest.StartsWith(".\r\n"u8))
        {
            return 3;
        }

        int found = rest.IndexOf("\r\n.\r\n"u8);
        return found < 0 ? 0 : found + 5;
    }

    /// <summary>Content with line ends of other kinds or NUL: another server might see its end elsewhere, so ours may end the session.</summary>
    private bool IsSuspect(int octets)
    {
        string content = Encoding.Latin1.GetString(_sent.GetRange(_at, octets).ToArray());
        return content.Contains('\0', StringComparison.Ordinal)
            || content.Replace("\r\n", string.Empty, StringComparison.Ordinal).AsSpan().IndexOfAny('\r', '\n') >= 0;
    }

    private T Locked<T>(Func<T> read)
    {
        lock (_gate)
        {
            return read();
        }
    }
}
