using System.Buffers;

namespace Gateway.Mime.Tests;

/// <summary>Octets cut into chunks of a size.</summary>
internal static class Chunks
{
    public static ReadOnlySequence<byte> Of(byte[] octets, int size)
    {
        Chunk? first = null;
        Chunk? last = null;
        for (int at = 0; at < octets.Length; at += size)
        {
            last = new Chunk(octets.AsMemory(at, Math.Min(size, octets.Length - at)), last);
            first ??= last;
        }

        return first is null ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(first, 0, last!, last!.Memory.Length);
    }

    private sealed class Chunk : ReadOnlySequenceSegment<byte>
    {
        public Chunk(ReadOnlyMemory<byte> memory, Chunk? before)
        {
            Memory = memory;
            if (before is not null)
            {
                RunningIndex = before.RunningIndex + before.Memory.Length;
                before.Next = this;
            }
        }
    }
}
