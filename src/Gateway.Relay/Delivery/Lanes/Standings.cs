using System.Runtime.CompilerServices;
using Gateway.Relay.Delivery.Hosts;

namespace Gateway.Relay.Delivery.Lanes;

/// <summary>How destinations stand, each asked once for a whole listing: cheap for one message, not for a million.</summary>
/// <remarks>Threads: one.</remarks>
internal sealed class Standings
{
    private readonly Dictionary<Destination, HostStanding> _known = [];
    private readonly Dictionary<Destination, LineReason?> _reasons = [];
    private Destination? _last;
    private HostStanding _lastStanding;

    /// <summary>Why all the mail of the destination waits; null while it moves.</summary>
    public LineReason? ReasonOf(Destination destination)
    {
        if (Of(destination) == HostStanding.Up)
        {
            return null;
        }

        if (!_reasons.TryGetValue(destination, out LineReason? reason))
        {
            _reasons[destination] = reason = destination.Reason;
        }

        return reason;
    }

    /// <summary>How the destination stood when it was first asked for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public HostStanding Of(Destination destination)
    {
        if (!ReferenceEquals(destination, _last))
        {
            if (!_known.TryGetValue(destination, out HostStanding standing))
            {
                _known[destination] = standing = destination.Standing;
            }

            (_last, _lastStanding) = (destination, standing);
        }

        return _lastStanding;
    }
}
