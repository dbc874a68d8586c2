using System.Net;
using Gateway.Relay.Message;
using Gateway.Relay.Telemetry;
using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Quarantine.Room;

/// <summary>Whether a malformed message can be quarantined: the budgets of the quarantine, and what is on its way into it.</summary>
/// <remarks>
/// Promises: together, what is in the database and what was let in by <see cref="TryTake"/> never pass a limit; a message counts from
/// before it is answered until it is discarded or released. What was taken already (<see cref="Take"/>: found in the spool at the
/// start, or quarantined for a fault of the host behind) counts but is never refused. Clean mail is not asked about.
/// A shortage is one line in the log when it begins and one a minute while it lasts, however many messages it concerns.
/// Threads: any.
/// </remarks>
public sealed class QuarantineQuota(
    QuarantineUsage held, Func<QuarantineLimits> limits, GatewayMetrics metrics, ILogger log, TimeProvider time, FreeDisk? disk = null)
{
    /// <summary>The part of a limit at which people are warned.</summary>
    public const double AlmostFull = 0.8;

    private const double NoLongerAlmostFull = 0.7;

    private static readonly TimeSpan LineInterval = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, QuarantineShare> _coming = new(StringComparer.Ordinal);
    private QuarantineShare _allComing;
    private bool _isAlmostFull;
    private long _unreported;
    private (QuarantineShortage Shortage, string Network) _latest;
    private long? _lastLine;

    /// <summary>The part of the nearest limit that is taken, 0 to 1 and, by mail that could not be refused, beyond; shares of clients do not count.</summary>
    public double Fill
    {
        get
        {
            QuarantineLimits now = limits();
            lock (_gate)
            {
                return FillOf(now);
            }
        }
    }

    /// <summary>The part of the limit of octets that is taken.</summary>
    public double BytesFill
    {
        get
        {
            QuarantineLimits now = limits();
            lock (_gate)
            {
                return BytesFillOf(now);
            }
        }
    }

    /// <summary>True when people should look after it.</summary>
    public bool IsAlmostFull => Fill >= AlmostFull;

    /// <summary>Messages that were put off since the start.</summary>
    public long Deferred { get; private set; }

    /// <summary>The limits in force.</summary>
    public QuarantineLimits Limits => limits();

    /// <summary>Asks for room for one message; what was given is given back with <see cref="GiveBack"/>.</summary>
    /// <param name="client">Who brought it.</param>
    /// <param name="size">Octets of its body.</param>
    /// <param name="hasShare">Whether the client is limited to its share.</param>
    public QuarantineShortage TryTake(IPAddress client, long size, bool hasShare)
    {
        QuarantineLimits now = limits();
        string network = ClientNetwork.Of(client);
        bool warn;
        lock (_gate)
        {
            QuarantineShortage shortage = Find(now, network, size, hasShare);
            if (shortage != QuarantineShortage.None)
            {
                return shortage;
            }

            Count(network, 1, size);
            warn = Watch(now);
        }

        Warn(warn);
        return QuarantineShortage.None;
    }

    /// <summary>Counts a message that has to be quarantined whatever the limits say.</summary>
    public void Take(string clientAddress, long size)
    {
        lock (_gate)
        {
            Count(ClientNetwork.Of(clientAddress), 1, size);
        }
    }

    /// <summary>The message is in the database, where it counts by itself, or did not come.</summary>
    public void GiveBack(string clientAddress, long size)
    {
        lock (_gate)
        {
            Count(ClientNetwork.Of(clientAddress), -1, -size);
        }
    }

    /// <summary>Notes that a message was put off.</summary>
    public void Refused(QuarantineShortage shortage, IPAddress client)
    {
        metrics.QuarantineDeferred(shortage.Name());
        lock (_gate)
        {
            Deferred++;
            _unreported++;
            _latest = (shortage, ClientNetwork.Of(client));
        }

        Report();
    }

    /// <summary>Looks again at what is quarantined, and writes what is due to the log; called now and then.</summary>
    public void Review()
    {
        QuarantineLimits now = limits();
        bool warn;
        lock (_gate)
        {
            warn = Watch(now);
        }

        Warn(warn);
        Report();
    }

    private QuarantineShortage Find(QuarantineLimits now, string network, long size, bool hasShare)
    {
        QuarantineShare all = held.All;
        if (now.Messages > 0 && all.Messages + _allComing.Messages >= now.Messages)
        {
            return QuarantineShortage.Messages;
        }

        // What is coming counts as received, though it will be smaller: it is compressed only on the way in.
        if (now.Bytes > 0 && held.StoredBytes + _allComing.Bytes + size > now.Bytes)
        {
            return QuarantineShortage.Bytes;
        }

        if (hasShare)
        {
            QuarantineShare own = held.Of(network);
            QuarantineShare coming = _coming.GetValueOrDefault(network);
            if (now.ClientMessages > 0 && own.Messages + coming.Messages >= now.ClientMessages)
            {
                return QuarantineShortage.ClientMessages;
            }

            if (now.ClientBytes > 0 && own.Bytes + coming.Bytes + size > now.ClientBytes)
            {
                return QuarantineShortage.ClientBytes;
            }
        }

        return disk is not null && !disk.HasRoom(size + _allComing.Bytes, now.MinimumFreeBytes) ? QuarantineShortage.Disk : QuarantineShortage.None;
    }

    private double FillOf(QuarantineLimits now)
    {
        double messages = now.Messages == 0 ? 0 : (double)(held.All.Messages + _allComing.Messages) / now.Messages;
        return Math.Max(messages, BytesFillOf(now));
    }

    private double BytesFillOf(QuarantineLimits now) => now.Bytes == 0 ? 0 : (double)(held.StoredBytes + _allComing.Bytes) / now.Bytes;

    private void Count(string network, long messages, long bytes)
    {
        QuarantineShare before = _coming.GetValueOrDefault(network);
        QuarantineShare now = new(before.Messages + messages, before.Bytes + bytes);
        _allComing = new QuarantineShare(_allComing.Messages + messages, _allComing.Bytes + bytes);
        if (now.Messages == 0)
        {
            _coming.Remove(network);
        }
        else
        {
            _coming[network] = now;
        }
    }

    /// <summary>True when it has just become almost full.</summary>
    private bool Watch(QuarantineLimits now)
    {
        double fill = FillOf(now);
        bool was = _isAlmostFull;
        _isAlmostFull = fill >= AlmostFull || (was && fill >= NoLongerAlmostFull);
        return _isAlmostFull && !was;
    }

    private void Warn(bool isNew)
    {
        if (isNew)
        {
            GatewayLog.QuarantineAlmostFull(log, 100 * Fill, held.All.Messages, held.StoredBytes);
        }
    }

    private void Report()
    {
        (QuarantineShortage shortage, string network) latest;
        long count;
        lock (_gate)
        {
            if (_unreported == 0 || (_lastLine is long at && time.GetElapsedTime(at) < LineInterval))
            {
                return;
            }

            (latest, count) = (_latest, _unreported);
            (_unreported, _lastLine) = (0, time.GetTimestamp());
        }

        GatewayLog.QuarantineFull(log, count, latest.shortage.Name(), latest.network);
    }
}
