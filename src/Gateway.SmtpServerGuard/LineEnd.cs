using System.Buffers;

namespace Gateway.SmtpServerGuard;

/// <summary>Puts back the CRLF that the package takes from the end of a message.</summary>
internal static class LineEnd
{
    private static readonly byte[] CrLf = "\r\n"u8.ToArray();

    /// <summary>The same octets with CRLF behind them; nothing is copied.</summary>
    public static ReadOnlySequence<byte> Behind(in ReadOnlySequence<byte> octets)
    {
        Segment? first = null;
        Segment? last = null;
        foreach (ReadOnlyMemory<byte> piece in octets)
        {
            last = new Segment(piece, last);
            first ??= last;
        }

        last = new Segment(CrLf, last);
        return new ReadOnlySequence<byte>(first ?? last, 0, last, CrLf.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? before)
        {
            Memory = memory;
            if (before is not null)
            {
                before.Next = this;
                RunningIndex = before.RunningIndex + before.Memory.Length;
            }
        }
    }
}
