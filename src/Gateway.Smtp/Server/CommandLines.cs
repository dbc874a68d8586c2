using System.Buffers;
using System.Text;

namespace Gateway.Smtp.Server;

/// <summary>A command line that has come to its end.</summary>
/// <param name="Octets">What is kept of it, with its line end.</param>
/// <param name="Length">Octets that came.</param>
/// <param name="HidesChunk">It is over the limit and says BDAT: what follows it may be anything but commands.</param>
internal readonly record struct TakenLine(ReadOnlySequence<byte> Octets, long Length, bool HidesChunk);

/// <summary>Cuts command lines out of what the client sends, and bounds the line whose end has not come.</summary>
/// <remarks>Promises: the same octets give the same lines for every split. Threads: its session's.</remarks>
internal sealed class CommandLines(SessionClock clock, SessionLimits limits)
{
    /// <summary>Octets of a command line after which the session is given up instead of the line being skipped.</summary>
    public const int Longest = 64 * 1024;

    // Octets of the current command line that were thrown away because it is over the limit, and whether they began with BDAT.
    private long _skipped;
    private bool _skippedChunk;

    /// <summary>When the line that has begun must be complete; no client buys time by sending it octet by octet.</summary>
    public long Due { get; private set; } = SessionClock.NotWaiting;

    /// <summary>Whether a line that was refused for its form says BDAT: what follows it may be anything but commands.</summary>
    public static bool IsChunk(ReadOnlySpan<byte> line) =>
        line.Length >= 4 && Ascii.EqualsIgnoreCase(line[..4], "BDAT"u8) && (line.Length == 4 || line[4] <= ' ');

    /// <summary>Takes the next complete line.</summary>
    public bool TryTake(ref ReadOnlySequence<byte> buffer, out TakenLine line)
    {
        if (buffer.PositionOf((byte)'\n') is not SequencePosition lf)
        {
            line = default;
            return false;
        }

        SequencePosition end = buffer.GetPosition(1, lf);
        ReadOnlySequence<byte> octets = buffer.Slice(0, end);
        long length = _skipped + octets.Length;
        line = new TakenLine(octets, length, _skippedChunk || (length > limits.CommandLineBytes && _skipped == 0 && StartsChunk(octets)));
        buffer = buffer.Slice(end);
        _skipped = 0;
        _skippedChunk = false;
        Due = SessionClock.NotWaiting;
        return true;
    }

    /// <summary>Bounds a line whose end has not come: its time, and what is kept of it.</summary>
    /// <returns>Octets of the line when it is so long that the session must end; else 0.</returns>
    public long KeepPartial(ref ReadOnlySequence<byte> buffer)
    {
        if (Due == SessionClock.NotWaiting)
        {
            Due = clock.Deadline(limits.CommandTimeout);
        }

        if (_skipped + buffer.Length > limits.CommandLineBytes)
        {
            _skippedChunk |= _skipped == 0 && StartsChunk(buffer);
            // Refused when its end comes, so that the same octets get the same replies for every split.
            _skipped += buffer.Length;
            buffer = buffer.Slice(buffer.End);
        }

        return _skipped > Longest ? _skipped : 0;
    }

    private static bool StartsChunk(in ReadOnlySequence<byte> line)
    {
        Span<byte> start = stackalloc byte[(int)Math.Min(5, line.Length)];
        line.Slice(0, start.Length).CopyTo(start);
        return IsChunk(start);
    }
}
