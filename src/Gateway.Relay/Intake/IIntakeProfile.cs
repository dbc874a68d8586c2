using Gateway.Mime;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Policy;

namespace Gateway.Relay.Intake;

/// <summary>What receiving is told to do, as one immutable snapshot: a transaction keeps the one it began with.</summary>
public interface IIntakeProfile
{
    /// <summary>Our name in trace fields.</summary>
    string HostName { get; }

    /// <summary>Where mail goes: what has no route is refused.</summary>
    RouteTable Routes { get; }

    /// <summary>What the rules do.</summary>
    RulePolicy Rules { get; }

    /// <summary>What the rules do to particular mail, laid over <see cref="Rules"/>; null for nothing.</summary>
    PolicyTable? Policies { get; }

    /// <summary>Inspection time that one client may take in a minute; zero for no limit.</summary>
    TimeSpan InspectionTime { get; }

    /// <summary>Whom the limits of single clients do not concern where the listener does not say.</summary>
    NetworkList ExemptClients { get; }

    /// <summary>Octets of a message kept in memory while it is received; larger ones go to a file.</summary>
    int MemoryBytes { get; }

    /// <summary>Who may relay at a listener, and whom the limits of single clients do not concern there.</summary>
    ListenerAccess AccessAt(string listener);
}
