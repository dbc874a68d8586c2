using System.Collections.Concurrent;
using System.Net;
using Gateway.Relay.Telemetry;
using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Blocks;

/// <summary>A block with what it stopped since the start of the process.</summary>
/// <param name="Block">The block.</param>
/// <param name="Hits">Connections, commands and messages it stopped.</param>
/// <param name="Last">The last of them.</param>
public sealed record BlockUse(Block Block, long Hits, DateTimeOffset? Last);

/// <summary>What mail is stopped now, by order of an administrator: in force at once, kept over restarts, ended by the clock.</summary>
/// <remarks>
/// Promises: what <see cref="Add"/> and <see cref="Remove"/> return for is on stable storage. A block whose time is over stops nothing, whether or not it is still listed in the file.
/// Fails: <see cref="IOException"/> when it cannot be written down, and then nothing has changed. Threads: any.
/// Cost: without blocks one read of a field a command; with them a comparison for each, <see cref="Most"/> at the most.
/// </remarks>
public sealed class BlockList
{
    /// <summary>Blocks at the same time: this is for an incident, not for the reputation of the Internet.</summary>
    public const int Most = 1000;

    private readonly Lock _gate = new();
    private readonly BlockFile _file;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly GatewayMetrics _metrics;
    private readonly ConcurrentDictionary<string, Use> _uses = new(StringComparer.Ordinal);
    private ArmedBlock[] _blocks;
    private int _lastId;

    private BlockList(BlockFile file, TimeProvider time, ILogger log, GatewayMetrics metrics)
    {
        (_file, _time, _log, _metrics) = (file, time, log, metrics);
        (_blocks, _lastId) = file.Read();
    }

    /// <summary>Reads the blocks of a data directory.</summary>
    /// <exception cref="InvalidDataException">The file is none of ours, or damaged.</exception>
    public static BlockList Open(string directory, TimeProvider time, ILogger log, GatewayMetrics metrics) => new(new BlockFile(directory), time, log, metrics);

    /// <summary>All that are in force, oldest first.</summary>
    public IReadOnlyList<BlockUse> List()
    {
        DateTimeOffset now = _time.GetUtcNow();
        return [.. Volatile.Read(ref _blocks).Select(b => b.Block).Where(b => IsInForce(b, now)).Select(b => _uses.TryGetValue(b.Id, out Use? use) ? new BlockUse(b, use.Hits, use.Last) : new BlockUse(b, 0, null))];
    }

    /// <summary>Stops some mail.</summary>
    /// <param name="kind">By what it is known.</param>
    /// <param name="value">That, as a person writes it.</param>
    /// <param name="action">What becomes of it.</param>
    /// <param name="lasting">For how long; null for ever.</param>
    /// <param name="reason">Why.</param>
    /// <param name="author">Who says so.</param>
    /// <returns>The block, or why there is none, in one sentence.</returns>
    /// <exception cref="IOException">It cannot be written down; nothing has changed.</exception>
    public (Block? Block, string Problem) Add(BlockKind kind, string value, BlockAction action, TimeSpan? lasting, string reason, string author)
    {
        if (!BlockPattern.TryParse(kind, value, out BlockPattern? pattern, out string problem))
        {
            return (null, $"'{LogText.Escape(value, 80)}' {problem}.");
        }

        lock (_gate)
        {
            DateTimeOffset now = _time.GetUtcNow();
            ArmedBlock[] current = [.. _blocks.Where(b => IsInForce(b.Block, now))];
            if (current.Select(b => b.Block).FirstOrDefault(b => b.Kind == kind && b.Value.Equals(pattern!.Text, StringComparison.OrdinalIgnoreCase)) is Block same)
            {
                return (null, $"{same.Id} blocks that already; remove it first.");
            }

            if (current.Length >= Most)
            {
                return (null, $"There are {Most} blocks, and no more are possible.");
            }

            Block block = new($"B{_lastId + 1}", kind, pattern!.Text, action, reason, author, now, lasting is { } time ? now + time : null);
            Swap([.. current, new ArmedBlock(block, pattern)], _lastId + 1);
            GatewayLog.BlockAdded(_log, block.Id, MemberName.Of(kind), LogText.Escape(block.Value), MemberName.Of(action), block.Expires is { } end ? end.ToString("u") : "never", author, LogText.Escape(reason));
            return (block, string.Empty);
        }
    }

    /// <summary>Ends a block before its time.</summary>
    /// <returns>False when there is none of that name.</returns>
    /// <exception cref="IOException">It cannot be written down; nothing has changed.</exception>
    public bool Remove(string id, string author, string reason)
    {
        lock (_gate)
        {
            DateTimeOffset now = _time.GetUtcNow();
            ArmedBlock[] current = [.. _blocks.Where(b => IsInForce(b.Block, now))];
            ArmedBlock[] left = [.. current.Where(b => !b.Block.Id.Equals(id, StringComparison.OrdinalIgnoreCase))];
            if (left.Length == current.Length)
            {
                return false;
            }

            Swap(left, _lastId);
            GatewayLog.BlockRemoved(_log, LogText.Escape(id), author, LogText.Escape(reason));
            return true;
        }
    }

    /// <summary>The block of a client, or null.</summary>
    internal Block? OfClient(IPAddress address) => Find(BlockKind.Client, b => b.Pattern.Network.Contains(address));

    /// <summary>The block of a sender, or null; empty is the null sender.</summary>
    internal Block? OfSender(string address) => Find(BlockKind.Sender, b => b.Pattern.MatchesAddress(address));

    /// <summary>The block of a recipient, or null.</summary>
    internal Block? OfRecipient(string address) => Find(BlockKind.Recipient, b => b.Pattern.MatchesAddress(address));

    /// <summary>The block of a message's fingerprint, or null; <paramref name="fingerprint"/> is asked only when there is such a block.</summary>
    internal Block? OfFingerprint(Func<string> fingerprint)
    {
        string? known = null;
        return Find(BlockKind.Fingerprint, b => b.Block.Value == (known ??= fingerprint()));
    }

    /// <summary>The block of a header field, or null.</summary>
    /// <param name="contains">Whether a field (first) has a text (second) in it.</param>
    internal Block? OfHeader(Func<string, string, bool> contains) => Find(BlockKind.Header, b => contains(b.Pattern.Field, b.Pattern.Within));

    /// <summary>Notes that a block stopped something.</summary>
    internal void Count(Block block)
    {
        _uses.GetOrAdd(block.Id, static _ => new Use()).Add(_time.GetUtcNow());
        _metrics.Blocked(MemberName.Of(block.Kind), MemberName.Of(block.Action));
    }

    private Block? Find(BlockKind kind, Func<ArmedBlock, bool> fits)
    {
        ArmedBlock[] blocks = Volatile.Read(ref _blocks);
        if (blocks.Length == 0)
        {
            return null;
        }

        DateTimeOffset now = _time.GetUtcNow();
        return Array.Find(blocks, b => b.Block.Kind == kind && IsInForce(b.Block, now) && fits(b))?.Block;
    }

    private static bool IsInForce(Block block, DateTimeOffset now) => block.Expires is not { } end || now < end;

    private void Swap(ArmedBlock[] blocks, int lastId)
    {
        _file.Write([.. blocks.Select(b => b.Block)], lastId);
        _lastId = lastId;
        Volatile.Write(ref _blocks, blocks);
    }

    private sealed class Use
    {
        private long _hits;
        private long _last;

        public long Hits => Interlocked.Read(ref _hits);

        public DateTimeOffset Last => new(Interlocked.Read(ref _last), TimeSpan.Zero);

        public void Add(DateTimeOffset now)
        {
            Interlocked.Increment(ref _hits);
            Interlocked.Exchange(ref _last, now.UtcTicks);
        }
    }
}
