using System.Buffers;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server;

/// <summary>Where the content of a message ends: at CRLF.CRLF behind DATA, at its count behind BDAT.</summary>
/// <remarks>Threads: its session's; the default is a new DATA.</remarks>
internal struct ContentFraming
{
    private DataDecoder _decoder;
    private long _left;

    /// <summary>Begins a chunk.</summary>
    public ContentFraming(long size)
    {
        IsCounted = true;
        _left = size;
    }

    /// <summary>True for a chunk.</summary>
    public bool IsCounted { get; }

    /// <summary>True for a chunk whose octets have all come.</summary>
    public readonly bool IsComplete => IsCounted && _left == 0;

    /// <summary>Offset of a forged end of data, or -1; a chunk has none.</summary>
    public readonly long SuspectOffset => IsCounted ? -1 : _decoder.FirstSuspectOffset;

    /// <summary>Offset of the first dot that the client had not doubled, or -1.</summary>
    public readonly long UnstuffedOffset => IsCounted ? -1 : _decoder.FirstUnstuffedOffset;

    /// <summary>Hands on what belongs to the content and takes it off the buffer.</summary>
    /// <returns>True at the end of the content.</returns>
    public bool Take(ref ReadOnlySequence<byte> buffer, IDataSink? sink) => IsCounted ? Count(ref buffer, sink) : Decode(ref buffer, sink!);

    private bool Decode(ref ReadOnlySequence<byte> buffer, IDataSink sink)
    {
        while (!buffer.IsEmpty)
        {
            bool ended = _decoder.Decode(buffer.FirstSpan, sink, out int consumed);
            buffer = buffer.Slice(consumed);
            if (ended)
            {
                return true;
            }
        }

        return false;
    }

    private bool Count(ref ReadOnlySequence<byte> buffer, IDataSink? sink)
    {
        ReadOnlySequence<byte> octets = buffer.Slice(0, Math.Min(_left, buffer.Length));
        _left -= octets.Length;
        buffer = buffer.Slice(octets.End);
        if (sink is not null)
        {
            foreach (ReadOnlyMemory<byte> piece in octets)
            {
                sink.Append(piece.Span);
            }
        }

        return _left == 0;
    }
}
