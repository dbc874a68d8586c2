using System.IO.MemoryMappedFiles;

namespace Gateway.Relay.Inspection;

/// <summary>Remembers across the death of the process which messages were under inspection, so that none kills it twice.</summary>
/// <remarks>
/// A slot of a memory-mapped file holds the digest of a message from before its inspection to behind it. Slots that are still
/// marked when the file is opened name the suspects: whoever sends the same octets again within <see cref="Memory"/> has them quarantined
/// without inspection. Several messages were under inspection when the process died: all of them are suspects, because nothing
/// tells which one it was.
/// Promises: a mark survives the process however it ends, because mapped pages belong to the kernel; it need not survive the machine, so
/// nothing is flushed. Fails: <see cref="IOException"/> and <see cref="UnauthorizedAccessException"/> of opening.
/// Threads: any; a slot has one owner at a time. Cost: two small writes to mapped memory a message.
/// </remarks>
public sealed class CrashRing : IDisposable
{
    /// <summary>Inspections at the same time that can be marked.</summary>
    public const int Slots = 1024;

    /// <summary>The name of the file in the data directory.</summary>
    public const string FileName = "inspection.ring";

    /// <summary>How long a suspect is remembered after its last crash: longer than the five days for which senders try again.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromDays(7);

    private const ulong Magic = 0x31474E4952_5747; // GWRING1, little-endian.
    private const int HeaderBytes = 64;
    private const int SlotBytes = 64;
    private const int BegunAt = 24;
    private const int FileBytes = HeaderBytes + (Slots * SlotBytes);

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly TimeProvider _time;

    private CrashRing(MemoryMappedFile file, CrashList suspects, TimeProvider time)
    {
        _file = file;
        _view = file.CreateViewAccessor(0, FileBytes);
        _time = time;
        Suspects = suspects;
    }

    /// <summary>Messages that may have killed the process.</summary>
    public CrashList Suspects { get; }

    /// <summary>Messages that were under inspection when the last process ended.</summary>
    public int Found { get; private set; }

    /// <summary>Opens the ring of a data directory and makes suspects of what is marked in it.</summary>
    public static CrashRing Open(string directory, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        string path = Path.Combine(directory, FileName);
        Prepare(path);
        CrashList suspects = CrashList.Read(directory, time);
        MemoryMappedFile file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, FileBytes);
        CrashRing ring = new(file, suspects, time);
        ring.Collect();
        return ring;
    }

    /// <summary>The inspection of a message is about to begin.</summary>
    public void Mark(int slot, UInt128 digest, long size)
    {
        Slot mark = new((ulong)digest, (ulong)(digest >> 64), size, _time.GetUtcNow().ToUnixTimeMilliseconds());
        _view.Write(Offset(slot), ref mark);
    }

    /// <summary>The inspection is over.</summary>
    public void Clear(int slot)
    {
        try
        {
            _view.Write(Offset(slot) + BegunAt, 0L);
        }
        catch (ObjectDisposedException)
        {
            // A thread that was stuck came back behind the end of the relay. Its message stays a suspect.
        }
    }

    /// <summary>Closes the file. What is still marked is suspect at the next start: a stop that a stuck inspection survived was no clean one.</summary>
    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }

    private static long Offset(int slot) => HeaderBytes + ((long)slot * SlotBytes);

    /// <summary>Makes sure that the file has all its octets on disk: a hole would be a SIGBUS at the first write to a full disk.</summary>
    private static void Prepare(string path)
    {
        using FileStream file = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        Span<byte> head = stackalloc byte[8];
        if (file.Length == FileBytes && file.Read(head) == head.Length && BitConverter.ToUInt64(head) == Magic)
        {
            return;
        }

        byte[] empty = new byte[FileBytes];
        BitConverter.TryWriteBytes(empty, Magic);
        file.SetLength(0);
        file.Write(empty);
    }

    private void Collect()
    {
        List<(UInt128, long, DateTimeOffset)> marked = [];
        for (int i = 0; i < Slots; i++)
        {
            _view.Read(Offset(i), out Slot slot);
            if (slot.Begun != 0)
            {
                DateTimeOffset begun = slot.Begun is > 0 and < 253402300799999 ? DateTimeOffset.FromUnixTimeMilliseconds(slot.Begun) : _time.GetUtcNow();
                marked.Add((new UInt128(slot.High, slot.Low), slot.Size, begun));
            }
        }

        if (marked.Count == 0)
        {
            return;
        }

        // The list first: a crash in between finds the marks once more.
        Suspects.Add(marked);
        Found = marked.Count;
        for (int i = 0; i < Slots; i++)
        {
            Clear(i);
        }
    }

    private readonly record struct Slot(ulong Low, ulong High, long Size, long Begun);
}
