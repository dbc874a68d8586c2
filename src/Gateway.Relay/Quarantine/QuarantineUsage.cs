namespace Gateway.Relay.Quarantine;

/// <summary>What the messages of one client network take.</summary>
/// <param name="Messages">Quarantined, or being released.</param>
/// <param name="Bytes">Octets of their bodies as received.</param>
public readonly record struct QuarantineShare(long Messages, long Bytes);

/// <summary>One client network in a listing.</summary>
/// <param name="Network">The network, such as <c>192.0.2.0/24</c>; empty for mail without a client.</param>
/// <param name="Messages">Quarantined, or being released.</param>
/// <param name="Bytes">Octets of their bodies as received.</param>
public sealed record ClientShare(string Network, long Messages, long Bytes);

/// <summary>What is quarantined now, in all and by client network; kept by the writer of the store, so that asking costs no query.</summary>
/// <remarks>
/// Promises: as of the last commit; read from the database when it is opened, so that a crash leaves no trace. Threads: any.
/// </remarks>
public sealed class QuarantineUsage
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, QuarantineShare> _shares = new(StringComparer.Ordinal);
    private QuarantineShare _all;
    private long _stored;

    /// <summary>Messages quarantined or being released.</summary>
    public QuarantineShare All
    {
        get
        {
            lock (_gate)
            {
                return _all;
            }
        }
    }

    /// <summary>Octets that the database has in use, compression, sharing, index and records included.</summary>
    public long StoredBytes => Volatile.Read(ref _stored);

    /// <summary>The share of one network.</summary>
    public QuarantineShare Of(string network)
    {
        lock (_gate)
        {
            return _shares.GetValueOrDefault(network);
        }
    }

    /// <summary>The networks with the most octets, largest first.</summary>
    public IReadOnlyList<ClientShare> Largest(int count)
    {
        lock (_gate)
        {
            return [.. _shares.OrderByDescending(s => s.Value.Bytes).ThenBy(s => s.Key, StringComparer.Ordinal).Take(count)
                .Select(s => new ClientShare(s.Key, s.Value.Messages, s.Value.Bytes))];
        }
    }

    /// <summary>Begins anew with what the database says.</summary>
    internal void Load(IEnumerable<ClientShare> shares, long storedBytes)
    {
        lock (_gate)
        {
            _shares.Clear();
            _all = default;
            foreach (ClientShare share in shares)
            {
                Add(share);
            }

            _stored = storedBytes;
        }
    }

    /// <summary>Takes the changes of one commit; what left is negative.</summary>
    internal void Apply(List<ClientShare> changes, long storedBytes)
    {
        lock (_gate)
        {
            foreach (ClientShare change in changes)
            {
                Add(change);
            }

            _stored = storedBytes;
        }
    }

    private void Add(ClientShare change)
    {
        QuarantineShare before = _shares.GetValueOrDefault(change.Network);
        QuarantineShare now = new(before.Messages + change.Messages, before.Bytes + change.Bytes);
        if (now.Messages <= 0)
        {
            _shares.Remove(change.Network);
        }
        else
        {
            _shares[change.Network] = now;
        }

        _all = new QuarantineShare(_all.Messages + change.Messages, _all.Bytes + change.Bytes);
    }
}
