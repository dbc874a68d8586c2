using System.Text;

namespace Gateway.Drill;

/// <summary>Takes a gateway's log: writes it to a file, and puts what matters in an incident into the timeline.</summary>
/// <remarks>Threads: any; a write is taken whole.</remarks>
/// <param name="file">Where all lines go.</param>
/// <param name="timeline">Where the events go.</param>
internal sealed class LogTap(Stream file, Timeline timeline) : Stream
{
    private const int LongestText = 160;

    // What a line says, and what it is called; the first that fits counts.
    private static readonly (string Part, string Kind)[] Events =
    [
        (" is down: ", Breaker.Opens),
        (" is up again", Breaker.Closes),
        ("; next host ", "next host"),
        ("was of no use (", "new connection"),
        (" has stalled: ", "standstill"),
        ("status=quarantined rule=downstream-poison", "poison quarantined"),
        ("status=quarantined", "malformed mail held"),
        ("reject: DATA", "malformed mail refused"),
        ("suspect, route=", "suspect"),
        ("looks like poison, but", "ALERT"),
        ("put on hold as a group", "ALERT"),
        ("spool health: ", "spool"),
        ("the answer that ended", StaleAnswers),
        ("DNS fails for", "DNS fails"),
        ("ClockLeap: ", ClockLeaps),
        ("takes no further connection", "fewer connections"),
        ("messages (", "recovered"),
        (" fault,", "FAULT"),
    ];

    private static readonly string[] Levels = ["warning: ", "error: ", "fatal: "];

    private readonly Lock _gate = new();
    private readonly MemoryStream _line = new();

    /// <summary>Names of events that promises look for.</summary>
    public const string StaleAnswers = "stale DNS answer used";

    /// <summary>The wall clock was set.</summary>
    public const string ClockLeaps = "clock leap";

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override void Flush() => file.Flush();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        lock (_gate)
        {
            file.Write(buffer);
            for (int end; (end = buffer.IndexOf((byte)'\n')) >= 0; buffer = buffer[(end + 1)..])
            {
                _line.Write(buffer[..end]);
                Note(Encoding.UTF8.GetString(_line.GetBuffer(), 0, (int)_line.Length));
                _line.SetLength(0);
            }

            _line.Write(buffer);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _line.Dispose();
        file.Dispose();
        base.Dispose(disposing);
    }

    private void Note(string line)
    {
        foreach ((string part, string kind) in Events)
        {
            if (line.Contains(part, StringComparison.Ordinal))
            {
                int text = line.IndexOf("]: ", StringComparison.Ordinal);
                string what = text < 0 ? line : line[(text + 3)..];
                foreach (string level in Levels)
                {
                    what = what.StartsWith(level, StringComparison.Ordinal) ? what[level.Length..] : what;
                }

                timeline.Event(kind, what.Length > LongestText ? what[..LongestText] + "…" : what);
                return;
            }
        }
    }

    /// <summary>Names of what a breaker does.</summary>
    internal static class Breaker
    {
        public const string Opens = "breaker opens";

        public const string Closes = "breaker closes";
    }
}
