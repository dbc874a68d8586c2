using Gateway.Relay.Delivery.Routes;

namespace Gateway.Relay.Delivery.Lanes;

/// <content>Destinations of single domains end when nobody writes there: there are as many domains as recipients can think of.</content>
internal sealed partial class Destination
{
    /// <summary>What is known of a domain's hosts is kept that long without mail.</summary>
    public static readonly TimeSpan KeepIdle = TimeSpan.FromHours(1);

    private int _open;
    private long _idleSince;
    private bool _retired;

    /// <summary>Announces a parcel.</summary>
    /// <returns>False when the destination has ended: another one has taken its place.</returns>
    public bool TryEnlist()
    {
        lock (_gate)
        {
            _open += _retired ? 0 : 1;
            return !_retired;
        }
    }

    /// <summary>Ends the destination when it is one of a route by MX and has been without mail for a while.</summary>
    public bool TryRetire()
    {
        if (Route.Origin is null)
        {
            return false;
        }

        lock (_gate)
        {
            return _retired |= _open == 0 && _time.GetElapsedTime(_idleSince) > KeepIdle;
        }
    }

    // Caller holds the lock.
    private void Delist()
    {
        _open--;
        _idleSince = _time.GetTimestamp();
    }
}
