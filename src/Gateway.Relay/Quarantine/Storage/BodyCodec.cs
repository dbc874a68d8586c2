using System.Buffers;
using System.Collections.Concurrent;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Gateway.Relay.Quarantine.Storage;

/// <summary>Compresses and decompresses body pieces with zstd; each piece stands alone, so any can be read without the others.</summary>
/// <remarks>
/// Short records that resemble each other get a dictionary: a transaction takes a fifth of its octets instead of half.
/// Level 3: 300 MB/s and more, and mail does not get much smaller above it. Each piece carries its checksum.
/// Threads: any. Contexts are kept for reuse, as many as there are processors.
/// </remarks>
/// <param name="dictionary">What the octets resemble; the same for reading as for writing. Null for none.</param>
internal sealed class BodyCodec(byte[]? dictionary = null) : IDisposable
{
    /// <summary>Octets of body in one piece, but for the last.</summary>
    public const int PieceBytes = 256 * 1024;

    private const int Level = 3;

    private readonly ConcurrentBag<Compressor> _compressors = [];
    private readonly ConcurrentBag<Decompressor> _decompressors = [];

    /// <summary>Compresses at most <see cref="PieceBytes"/> octets into rented memory.</summary>
    public BodyPiece Compress(ReadOnlySpan<byte> octets)
    {
        if (!_compressors.TryTake(out Compressor? compressor))
        {
            compressor = new Compressor(Level);
            compressor.SetParameter(ZSTD_cParameter.ZSTD_c_checksumFlag, 1);
            if (dictionary is not null)
            {
                compressor.LoadDictionary(dictionary);
            }
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(Compressor.GetCompressBound(octets.Length));
        try
        {
            int length = compressor.Wrap(octets, buffer);
            Keep(_compressors, compressor);
            return new BodyPiece(buffer, length);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }

    /// <summary>Decompresses one piece and returns its length.</summary>
    /// <remarks>Fails: <see cref="QuarantineUnavailableException"/> when the piece is damaged.</remarks>
    public int Decompress(ReadOnlySpan<byte> piece, Span<byte> octets)
    {
        if (!_decompressors.TryTake(out Decompressor? decompressor))
        {
            decompressor = new Decompressor();
            if (dictionary is not null)
            {
                decompressor.LoadDictionary(dictionary);
            }
        }

        try
        {
            int length = decompressor.Unwrap(piece, octets);
            Keep(_decompressors, decompressor);
            return length;
        }
        catch (ZstdException error)
        {
            // A context that failed is not used again.
            decompressor.Dispose();
            throw new QuarantineUnavailableException("A piece of a stored body is damaged.", error);
        }
    }

    public void Dispose()
    {
        while (_compressors.TryTake(out Compressor? compressor))
        {
            compressor.Dispose();
        }

        while (_decompressors.TryTake(out Decompressor? decompressor))
        {
            decompressor.Dispose();
        }
    }

    private static void Keep<T>(ConcurrentBag<T> kept, T context)
        where T : IDisposable
    {
        if (kept.Count < Environment.ProcessorCount)
        {
            kept.Add(context);
        }
        else
        {
            context.Dispose();
        }
    }
}
