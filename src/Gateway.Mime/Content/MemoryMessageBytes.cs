namespace Gateway.Mime;

/// <summary>Message content in one chunk of memory.</summary>
internal sealed class MemoryMessageBytes(ReadOnlyMemory<byte> memory, IDisposable? owner) : MessageBytes
{
    public override long Length => memory.Length;

    public override int Read(long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (offset >= memory.Length)
        {
            return 0;
        }

        ReadOnlySpan<byte> rest = memory.Span[(int)offset..];
        int count = Math.Min(rest.Length, destination.Length);
        rest[..count].CopyTo(destination);
        return count;
    }

    protected override void Dispose(bool disposing) => owner?.Dispose();
}
