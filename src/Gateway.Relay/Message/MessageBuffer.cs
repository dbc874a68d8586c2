using System.Buffers;
using System.IO.Hashing;
using Gateway.Mime;

namespace Gateway.Relay.Message;

/// <summary>Collects the octets of one message: in memory up to a limit, beyond it in a file of the queue.</summary>
/// <remarks>
/// A message that is refused whatever else it holds is not kept: <see cref="Cut"/>.
/// Promises: memory held is at most the limit plus one block, whatever the size of the message, and less when memory is scarce for all. A file that is not committed
/// is deleted by <see cref="Reset"/>. Threads: one at a time.
/// </remarks>
public sealed class MessageBuffer(Func<IBodyFile> createFile, MessageMemory? memory = null) : IDisposable
{
    private const int FirstBlock = 8 * 1024;
    private const int NextBlock = 64 * 1024;

    private readonly List<byte[]> _blocks = [];
    private readonly XxHash128 _digest = new();
    private int _used;

    /// <summary>Octets collected.</summary>
    public long Length { get; private set; }

    /// <summary>The XXH128 of the octets collected: tells messages apart after a crash, it is no proof against forgery.</summary>
    public UInt128 Digest => _digest.GetCurrentHashAsUInt128();

    /// <summary>Octets kept in memory before the message moves to a file.</summary>
    public int MemoryLimit { get; set; } = 2 * 1024 * 1024;

    /// <summary>True when the octets behind some place were counted and not kept: such a message can only be refused.</summary>
    public bool IsCut { get; private set; }

    /// <summary>The file, once the message outgrew memory.</summary>
    public IBodyFile? File { get; private set; }

    /// <summary>Adds octets.</summary>
    /// <exception cref="QueueUnavailableException">The file could not be written.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        Length += bytes.Length;
        _digest.Append(bytes);
        if (IsCut)
        {
            return;
        }

        if (File is null && Length > MemoryLimit)
        {
            MoveToFile();
        }

        if (File is not null)
        {
            File.Append(bytes);
            return;
        }

        while (!bytes.IsEmpty)
        {
            if (_blocks.Count == 0 || _used == _blocks[^1].Length)
            {
                if (!TryAddBlock())
                {
                    MoveToFile();
                    File!.Append(bytes);
                    return;
                }
            }

            Span<byte> room = _blocks[^1].AsSpan(_used);
            int count = Math.Min(room.Length, bytes.Length);
            bytes[..count].CopyTo(room);
            _used += count;
            bytes = bytes[count..];
        }
    }

    /// <summary>Keeps what is there, and of all that comes the length and the digest: a flood of messages to be refused must not cost the disk.</summary>
    public void Cut() => IsCut = true;

    /// <summary>Moves what is in memory to a file of the queue, where the rest will go too.</summary>
    /// <exception cref="QueueUnavailableException">The file could not be written.</exception>
    public void MoveToFile()
    {
        if (File is not null)
        {
            return;
        }

        File = createFile();
        for (int i = 0; i < _blocks.Count; i++)
        {
            File.Append(_blocks[i].AsSpan(0, i == _blocks.Count - 1 ? _used : _blocks[i].Length));
        }

        // Only now: a block given back twice, here and by Reset after a fault, would serve two messages at once.
        GiveBlocksBack();
    }

    /// <summary>The octets in memory; empty once they are in a file. Valid until the next Append or Reset.</summary>
    public ReadOnlySequence<byte> Memory
    {
        get
        {
            if (_blocks.Count <= 1)
            {
                return _blocks.Count == 0 ? default : new ReadOnlySequence<byte>(_blocks[0], 0, _used);
            }

            Segment first = new(_blocks[0]);
            Segment last = first;
            for (int i = 1; i < _blocks.Count; i++)
            {
                last = last.Append(_blocks[i].AsMemory(0, i == _blocks.Count - 1 ? _used : _blocks[i].Length));
            }

            return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
        }
    }

    /// <summary>The octets as the inspector reads them; the caller disposes the view, not the octets.</summary>
    public MessageBytes View() => File is null
        ? MessageBytes.FromMemory(Memory)
        : File.View();

    /// <summary>Forgets the message and gives its memory and its file back.</summary>
    public void Reset()
    {
        GiveBlocksBack();
        if (Length > 0)
        {
            _digest.Reset();
        }

        Length = 0;
        IsCut = false;
        File?.Dispose();
        File = null;
    }

    /// <inheritdoc/>
    public void Dispose() => Reset();

    private bool TryAddBlock()
    {
        byte[] block = ArrayPool<byte>.Shared.Rent(_blocks.Count == 0 ? FirstBlock : NextBlock);
        if (_blocks.Count == 0)
        {
            memory?.Take(block.Length);
        }
        else if (memory is not null && !memory.TryTake(block.Length, FirstBlock + ((_blocks.Count - 1L) * NextBlock)))
        {
            ArrayPool<byte>.Shared.Return(block);
            return false;
        }

        _blocks.Add(block);
        _used = 0;
        return true;
    }

    private void GiveBlocksBack()
    {
        foreach (byte[] block in _blocks)
        {
            memory?.Return(block.Length);
            ArrayPool<byte>.Shared.Return(block);
        }

        _blocks.Clear();
        _used = 0;
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory) => Memory = memory;

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            Segment next = new(memory) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }
}
