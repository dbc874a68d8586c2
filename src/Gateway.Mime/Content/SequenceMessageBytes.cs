using System.Buffers;

namespace Gateway.Mime;

/// <summary>Message content in several chunks of memory.</summary>
/// <remarks>Cost: a read finds its chunk by binary search, so random access in a message of many chunks stays cheap.</remarks>
internal sealed class SequenceMessageBytes : MessageBytes
{
    private readonly List<ReadOnlyMemory<byte>> _chunks = [];
    private readonly List<long> _starts = [];
    private readonly IDisposable? _owner;

    public SequenceMessageBytes(ReadOnlySequence<byte> chunks, IDisposable? owner)
    {
        _owner = owner;
        foreach (ReadOnlyMemory<byte> chunk in chunks)
        {
            if (!chunk.IsEmpty)
            {
                _chunks.Add(chunk);
                _starts.Add(Length);
                Length += chunk.Length;
            }
        }
    }

    public override long Length { get; }

    public override int Read(long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (offset >= Length)
        {
            return 0;
        }

        int at = _starts.BinarySearch(offset);
        at = at < 0 ? ~at - 1 : at;
        int done = 0;
        for (int skip = (int)(offset - _starts[at]); at < _chunks.Count && done < destination.Length; at++, skip = 0)
        {
            ReadOnlySpan<byte> rest = _chunks[at].Span[skip..];
            int count = Math.Min(rest.Length, destination.Length - done);
            rest[..count].CopyTo(destination[done..]);
            done += count;
        }

        return done;
    }

    protected override void Dispose(bool disposing) => _owner?.Dispose();
}
