using System.IO.Hashing;
using System.Numerics;
using System.Runtime.InteropServices;
using Gateway.Relay.Message;

namespace Gateway.Relay.Delivery.Poison;

/// <summary>Which kinds of message were under way each time a destination came to a standstill.</summary>
/// <remarks>
/// A kind that was there before each of three standstills, and of which not one message passed in between, is on hold as a group. One that
/// passes clears its kind.
/// Threads: guarded by its own lock. Cost: nothing but one comparison for a message that passes while there was no stall.
/// </remarks>
internal sealed class StallLedger(TimeProvider time)
{
    /// <summary>Standstills in a row that a kind must have been there before.</summary>
    private const int Proof = 3;

    /// <summary>Kinds remembered of one standstill.</summary>
    private const int Most = 256;

    private static readonly TimeSpan Memory = TimeSpan.FromHours(24);
    private static readonly TimeSpan OnHoldFor = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly HashSet<ulong> _failing = [];
    private readonly Dictionary<ulong, long> _held = [];
    private Dictionary<ulong, int> _seen = [];
    private long _lastStall;
    private volatile bool _isEmpty = true;

    /// <summary>The kind of a message: structure and findings, sender, size class.</summary>
    public static ulong Fingerprint(Envelope envelope) => XxHash3.HashToUInt64(
        MemoryMarshal.AsBytes(envelope.Sender.AsSpan()), (long)envelope.Shape ^ BitOperations.Log2((ulong)envelope.Size | 1));

    /// <summary>A message passed.</summary>
    public void Passed(ulong fingerprint)
    {
        if (_isEmpty)
        {
            return;
        }

        lock (_gate)
        {
            _failing.Clear();
            _seen.Remove(fingerprint);
            _isEmpty = _seen.Count + _held.Count == 0;
        }
    }

    /// <summary>A message failed behind DATA.</summary>
    public void Failed(ulong fingerprint)
    {
        lock (_gate)
        {
            _isEmpty = false;
            if (_failing.Count < Most)
            {
                _failing.Add(fingerprint);
            }
        }
    }

    /// <summary>The destination came to a standstill.</summary>
    /// <param name="underWay">The kinds that were under way.</param>
    /// <returns>Kinds that are on hold from now on.</returns>
    public IReadOnlyList<ulong> Stalled(IEnumerable<ulong> underWay)
    {
        lock (_gate)
        {
            HashSet<ulong> now = [.. _failing.Concat(underWay).Where(f => f != 0).Take(Most)];
            bool isFirst = _seen.Count == 0 || time.GetElapsedTime(_lastStall) > Memory;
            _seen = now.Where(f => isFirst || _seen.ContainsKey(f)).ToDictionary(f => f, f => isFirst ? 1 : _seen[f] + 1);
            _lastStall = time.GetTimestamp();
            _failing.Clear();
            List<ulong> guilty = [.. _seen.Where(s => s.Value >= Proof).Select(s => s.Key)];
            foreach (ulong fingerprint in guilty)
            {
                _seen.Remove(fingerprint);
                _held[fingerprint] = _lastStall;
            }

            _isEmpty = _seen.Count + _held.Count == 0;
            return guilty;
        }
    }

    /// <summary>Lets mail of a kind go on.</summary>
    public void Release(ulong fingerprint)
    {
        lock (_gate)
        {
            _held.Remove(fingerprint);
        }
    }

    /// <summary>True while mail of a kind is on hold.</summary>
    public bool Holds(ulong fingerprint)
    {
        if (_isEmpty)
        {
            return false;
        }

        lock (_gate)
        {
            if (!_held.TryGetValue(fingerprint, out long since))
            {
                return false;
            }

            if (time.GetElapsedTime(since) < OnHoldFor)
            {
                return true;
            }

            _held.Remove(fingerprint);
            return false;
        }
    }
}
