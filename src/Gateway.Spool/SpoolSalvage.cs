using System.Buffers;

namespace Gateway.Spool;

/// <summary>Copies what can be read of a spool into a new one, which a process can then start with.</summary>
/// <remarks>
/// Promises: ids, order, headers, states and bodies are those of the source, and durable when it returns; the source stays as it is.
/// A message whose header or body is damaged is left out and named.
/// </remarks>
/// <param name="source">What to copy from.</param>
/// <param name="time">The clock of the new spool.</param>
public sealed class SpoolSalvage(SpoolArchive source, TimeProvider time)
{
    /// <summary>Bodies up to this length are committed in groups; longer ones one by one, through a file.</summary>
    private const int GroupedBytes = 256 * 1024;

    private const long BytesInFlight = 8 * 1024 * 1024;
    private const int CommitsInFlight = 1000;

    private readonly List<Task> _flying = [];
    private long _bytes;

    /// <summary>Messages that are in the new spool.</summary>
    public int Copied { get; private set; }

    /// <summary>Copies all that can be read.</summary>
    /// <param name="options">Where to; the directory must be empty or missing.</param>
    /// <param name="skipped">Hears of each message that is left out, and why.</param>
    /// <param name="cancellation">Ends it between two messages; what was copied stays.</param>
    /// <exception cref="SpoolUnavailableException">The new spool's disk does not take it.</exception>
    /// <exception cref="SpoolOpenException">The directory is not empty, or is in the source.</exception>
    public async Task CopyAsync(SpoolOptions options, Action<SpoolEntry, string> skipped, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(skipped);
        source.CheckTarget(options.Directory);
        await using Spool spool = await Spool.OpenAsync(options, time, cancellation: cancellation);
        foreach (SpoolEntry entry in source.Entries)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                ReadOnlyMemory<byte> header = source.ReadHeader(entry.Id);
                using SpoolBody body = source.OpenBody(entry.Id);
                await CopyAsync(spool, entry, header, body);
            }
            catch (SpoolCorruptException fault)
            {
                skipped(entry, fault.Message);
            }
        }

        await LandAsync();
        await spool.FlushAsync(cancellation);
    }

    private async Task CopyAsync(Spool spool, SpoolEntry entry, ReadOnlyMemory<byte> header, SpoolBody body)
    {
        if (body.Length > GroupedBytes || header.Length + body.Length > spool.MaximumInlineBytes)
        {
            // In its turn: order is a promise.
            await LandAsync();
            await CopyByFileAsync(spool, entry, header, body);
            return;
        }

        byte[] bytes = new byte[body.Length];
        if (body.Read(0, bytes) < bytes.Length)
        {
            throw new SpoolCorruptException(entry.Id, $"the body of {entry.Id} ends early");
        }

        _flying.Add(CommitAsync());
        _bytes += header.Length + bytes.Length;
        if (_bytes >= BytesInFlight || _flying.Count >= CommitsInFlight)
        {
            await LandAsync();
        }

        async Task CommitAsync()
        {
            await spool.CommitAsync(entry.Id, header, new ReadOnlySequence<byte>(bytes), CancellationToken.None);
            await CopyStateAsync(spool, entry);
        }
    }

    private async Task CopyByFileAsync(Spool spool, SpoolEntry entry, ReadOnlyMemory<byte> header, SpoolBody body)
    {
        byte[] chunk = ArrayPool<byte>.Shared.Rent(1024 * 1024);
        try
        {
            using SpoolFile file = spool.CreateFile();
            while (file.Length < body.Length)
            {
                int read = body.Read(file.Length, chunk);
                if (read == 0)
                {
                    throw new SpoolCorruptException(entry.Id, $"the body of {entry.Id} ends early");
                }

                file.Append(chunk.AsSpan(0, read));
            }

            await spool.CommitAsync(entry.Id, header, file, CancellationToken.None);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }

        Copied++;
        await CopyStateAsync(spool, entry);
    }

    private static async Task CopyStateAsync(Spool spool, SpoolEntry entry)
    {
        if (!entry.State.IsEmpty)
        {
            await spool.UpdateAsync(entry.Id, entry.State, CancellationToken.None);
        }
    }

    private async Task LandAsync()
    {
        await Task.WhenAll(_flying);
        Copied += _flying.Count;
        _flying.Clear();
        _bytes = 0;
    }
}
