using Gateway.Smtp.Client;

namespace Gateway.Relay.Delivery.Lanes;

/// <content>What attempts tell about the hosts: how many fit at once, what hangs, when all of it stands still.</content>
internal sealed partial class Destination
{
    /// <summary>A message passed.</summary>
    /// <returns>True when the host was down before.</returns>
    private bool Pass(Parcel parcel, DownstreamHost host, TimeSpan taken)
    {
        lock (_gate)
        {
            if (parcel.Lane != Suspects)
            {
                _window.Grow();
                _pace.Note(taken);
            }
        }

        Stalls.Passed(parcel.Fingerprint);
        return Health.MarkUp(host);
    }

    /// <summary>A transaction that takes longer hangs.</summary>
    public TimeSpan Patience
    {
        get
        {
            lock (_gate)
            {
                return _pace.Patience;
            }
        }
    }

    /// <summary>DNS named these hosts.</summary>
    public void Found(IReadOnlyList<DownstreamHost> hosts) => Volatile.Write(ref _found, hosts);

    /// <summary>A host could not be reached, or was silent while nothing else passed: fewer at once from now on.</summary>
    private void Shrink()
    {
        lock (_gate)
        {
            _window.Shrink();
        }
    }

    /// <summary>Finds the transactions that have begun to hang: their seats are free from now on.</summary>
    /// <returns>The hosts that have just come to a standstill, each with what was under way.</returns>
    public IReadOnlyList<(DownstreamHost Host, ulong[] UnderWay)> Watch()
    {
        lock (_gate)
        {
            while (Suspects.NextHanging(_pace.Patience) is not null)
            {
                // Whatever hangs there says nothing about the host.
            }

            List<(DownstreamHost, ulong[])>? stalled = null;
            while (Clean.NextHanging(_pace.Patience) is { } parcel)
            {
                if (parcel.Host is DownstreamHost host && Health.HasStalled(host, parcel.Began))
                {
                    (stalled ??= []).Add((host, [.. Clean.UnderWay.Concat(Suspects.UnderWay).Select(p => p.Fingerprint)]));
                }
            }

            return stalled ?? [];
        }
    }
}
