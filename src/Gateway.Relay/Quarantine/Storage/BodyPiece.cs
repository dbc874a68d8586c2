using System.Buffers;

namespace Gateway.Relay.Quarantine.Storage;

/// <summary>One compressed piece of a body in rented memory.</summary>
internal readonly record struct BodyPiece(byte[] Buffer, int Length)
{
    public ReadOnlySpan<byte> Span => Buffer.AsSpan(0, Length);

    /// <summary>Gives the memory back; once.</summary>
    public void Return() => ArrayPool<byte>.Shared.Return(Buffer);
}

/// <summary>A body that was read to its end: small ones in memory, large ones already in the database without an owner.</summary>
/// <param name="Sha256">Of the octets as received.</param>
/// <param name="Length">Octets as received.</param>
/// <param name="Inline">The only piece of a small body; null when empty or staged.</param>
/// <param name="Staged">The key of a large body whose pieces are stored; null for a small one.</param>
internal readonly record struct TakenBody(byte[] Sha256, long Length, BodyPiece? Inline, long? Staged);
