using System.Buffers;
using System.Security.Cryptography;

namespace Gateway.Relay.Quarantine.Storage;

/// <summary>Reads, hashes and compresses a body on its way into the database.</summary>
/// <remarks>
/// A body of less than one piece travels inside its <see cref="AddRequest"/>. A larger one is written ahead, a megabyte per commit,
/// while it is read, so that memory does not follow its size: about 2.5 MiB for each, and only some at a time.
/// </remarks>
internal sealed class BodyIntake(QuarantineWriter writer, BodyCodec codec, int largeBodies) : IDisposable
{
    private const int PiecesPerCommit = 4;
    private const int FirstBuffer = 16 * 1024;

    private readonly SemaphoreSlim _largeBodies = new(largeBodies);

    /// <summary>Reads the stream from where it stands to its end.</summary>
    public async ValueTask<TakenBody> TakeAsync(Stream body, CancellationToken cancellationToken)
    {
        byte[] octets = ArrayPool<byte>.Shared.Rent(FirstSize(body));
        try
        {
            int count = await FillAsync(body, octets, 0, cancellationToken);
            while (count == octets.Length && count < BodyCodec.PieceBytes)
            {
                byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Min(count * 4, BodyCodec.PieceBytes));
                octets.AsSpan().CopyTo(larger);
                ArrayPool<byte>.Shared.Return(octets);
                octets = larger;
                count = await FillAsync(body, octets, count, cancellationToken);
            }

            if (count < BodyCodec.PieceBytes)
            {
                byte[] hash = SHA256.HashData(octets.AsSpan(0, count));
                return new TakenBody(hash, count, count == 0 ? null : codec.Compress(octets.AsSpan(0, count)), null);
            }

            await _largeBodies.WaitAsync(cancellationToken);
            try
            {
                return await StageAsync(body, octets, cancellationToken);
            }
            finally
            {
                _largeBodies.Release();
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(octets);
        }
    }

    /// <summary>Removes what was written ahead of an entry that will not come. What cannot be removed now goes at the next start.</summary>
    public async Task AbandonAsync(long body)
    {
        try
        {
            await writer.SubmitAsync(new AbandonBodyRequest(body), CancellationToken.None);
        }
        catch (Exception error) when (error is QuarantineUnavailableException or ObjectDisposedException)
        {
            // The caller is failing already, and with a better reason.
        }
    }

    public void Dispose() => _largeBodies.Dispose();

    // A stream that knows its length spares the growing; one octet more, so that the end is seen by the same read.
    private static int FirstSize(Stream body) => body.CanSeek
        ? (int)Math.Clamp(body.Length - body.Position + 1, 1, BodyCodec.PieceBytes)
        : FirstBuffer;

    // The pool may give more than was asked for; more than a piece is never used.
    private static async ValueTask<int> FillAsync(Stream body, byte[] octets, int count, CancellationToken cancellationToken)
    {
        int room = Math.Min(octets.Length, BodyCodec.PieceBytes) - count;
        return count + await body.ReadAtLeastAsync(octets.AsMemory(count, room), room, throwOnEndOfStream: false, cancellationToken);
    }

    // On entry the buffer holds one full piece.
    private async Task<TakenBody> StageAsync(Stream body, byte[] octets, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var pieces = new List<BodyPiece>(PiecesPerCommit);
        Task<long>? write = null;
        long? staged = null;
        long length = 0;
        long written = 0;
        try
        {
            for (int count = BodyCodec.PieceBytes; count > 0;)
            {
                hash.AppendData(octets, 0, count);
                pieces.Add(codec.Compress(octets.AsSpan(0, count)));
                length += count;
                count = await FillAsync(body, octets, 0, cancellationToken);
                if (pieces.Count < PiecesPerCommit && count > 0)
                {
                    continue;
                }

                // One commit is under way while the next pieces are read and compressed.
                staged = write is null ? null : await write.WaitAsync(cancellationToken);
                var request = new StagePiecesRequest(staged, written, pieces);
                written += pieces.Count;
                pieces = new List<BodyPiece>(PiecesPerCommit);
                write = await writer.EnqueueAsync(request, cancellationToken);
            }

            staged = await write!.WaitAsync(cancellationToken);
            return new TakenBody(hash.GetHashAndReset(), length, null, staged);
        }
        catch
        {
            pieces.ForEach(piece => piece.Return());
            staged ??= await KeyOrNullAsync(write);
            if (staged is long key)
            {
                await AbandonAsync(key);
            }

            throw;
        }
    }

    // A first commit that is still under way has the key we must remove; the writer answers every request.
    private static async Task<long?> KeyOrNullAsync(Task<long>? write)
    {
        if (write is null)
        {
            return null;
        }

        await ((Task)write).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return write.IsCompletedSuccessfully ? await write : null;
    }
}
