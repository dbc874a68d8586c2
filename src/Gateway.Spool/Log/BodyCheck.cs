using System.Buffers;
using System.IO.Hashing;
using Gateway.Spool.Storage;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Spool.Log;

/// <summary>Compares a stored body with its checksum.</summary>
internal static class BodyCheck
{
    private const int ChunkBytes = 256 * 1024;

    public static bool Matches(Disk disk, SafeFileHandle file, long offset, long length, uint checksum)
    {
        byte[] chunk = ArrayPool<byte>.Shared.Rent((int)Math.Min(ChunkBytes, Math.Max(length, 1)));
        try
        {
            Crc32 crc = new();
            while (length > 0)
            {
                Span<byte> part = chunk.AsSpan(0, (int)Math.Min(chunk.Length, length));
                if (disk.ReadAll(file, part, offset) < part.Length)
                {
                    return false;
                }

                crc.Append(part);
                offset += part.Length;
                length -= part.Length;
            }

            return crc.GetCurrentHashAsUInt32() == checksum;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }
}
