using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Gateway.Mime.Fields;
using Gateway.Mime.Structure;

namespace Gateway.Mime.Rules.Payload;

/// <summary>gzip parts that grow beyond measure when a reader unpacks them.</summary>
/// <remarks>
/// Cost: at most <see cref="MostOctets"/> unpacked octets for a message; what lies behind them is judged by the size the end of the
/// file claims. Archives of files (zip, rar) are the business of a virus scanner.
/// </remarks>
internal sealed class CompressedBody : RuleFamily
{
    private const int MostOctets = 4 * 1024 * 1024;

    /// <summary>Octets of output below which nobody is harmed, whatever the ratio.</summary>
    private const int Harmless = 1024 * 1024;

    private bool _active;
    private int _left;

    public override RuleMoments Moments => RuleMoments.Begin | RuleMoments.PartBegin | RuleMoments.PartEnd;

    public override void Begin(Inspection inspection) => _left = MostOctets;

    public override void PartBegin(Inspection inspection, PartNode part) => _active = part.Kind == PartKind.Leaf && IsCompressed(inspection.Header);

    public override void PartEnd(Inspection inspection, PartNode part, long end)
    {
        if (!_active || part.Kind != PartKind.Leaf)
        {
            return;
        }

        _active = false;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            long ratio = Ratio(inspection, part, end, buffer);
            inspection.Measure(RuleCode.DecodedSizeRatio, ratio, hard: false, part.BodyBegin, end - part.BodyBegin, line: 0);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool IsCompressed(HeaderBlock block)
    {
        if (block.ContentType is not { } type || !type.IsType("application"u8))
        {
            return false;
        }

        return type.IsSubtype("gzip"u8) || type.IsSubtype("x-gzip"u8) || type.IsSubtype("gzip-compressed"u8) || type.IsSubtype("x-gunzip"u8)
            || (type.IsSubtype("octet-stream"u8) && (EndsInGz(block.Disposition, "filename"u8) || EndsInGz(type, "name"u8)));
    }

    private static bool EndsInGz(MimeField? field, ReadOnlySpan<byte> name)
    {
        int at = field?.Find(name) ?? -1;
        return at >= 0 && field!.RawValueOf(field.Parameters[at]) is { Length: > 3 } value && Ascii.EqualsIgnoreCase(value[^3..], ".gz"u8);
    }

    private long Ratio(Inspection inspection, PartNode part, long end, byte[] buffer)
    {
        using PartBody body = new(inspection.Content, part, end);
        using CountingStream compressed = new(body.Decoded);
        long produced = 0;
        bool whole = false;
        try
        {
            using GZipStream unpacked = new(compressed, CompressionMode.Decompress, leaveOpen: true);
            while (_left > 0)
            {
                int read = unpacked.Read(buffer, 0, Math.Min(buffer.Length, _left));
                whole = read == 0;
                if (whole)
                {
                    break;
                }

                produced += read;
                _left -= read;
            }
        }
        catch (InvalidDataException)
        {
            // No gzip, or a damaged one: it unpacks to no more than it has already.
            whole = true;
        }

        long packed = Math.Max(1, compressed.Count);
        long claimed = whole ? 0 : Claimed(compressed, buffer);
        long seen = produced > Harmless ? produced / packed : 0;
        return Math.Max(seen, claimed > Harmless ? claimed / Math.Max(1, compressed.Count) : 0);
    }

    /// <summary>The size that the last four octets claim; reads the rest of the stream.</summary>
    private static long Claimed(CountingStream compressed, byte[] buffer)
    {
        Span<byte> last = stackalloc byte[4];
        for (int read = compressed.Read(buffer, 0, buffer.Length); read > 0; read = compressed.Read(buffer, 0, buffer.Length))
        {
            if (read >= 4)
            {
                buffer.AsSpan(read - 4, 4).CopyTo(last);
            }
            else
            {
                last[read..].CopyTo(last);
                buffer.AsSpan(0, read).CopyTo(last[^read..]);
            }
        }

        return BinaryPrimitives.ReadUInt32LittleEndian(last);
    }

    private sealed class CountingStream(Stream inner) : Stream
    {
        public long Count { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => Count; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = inner.Read(buffer, offset, count);
            Count += read;
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
