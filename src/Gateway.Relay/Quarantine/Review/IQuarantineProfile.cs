using Gateway.Relay.Quarantine.Room;

namespace Gateway.Relay.Quarantine.Review;

/// <summary>What the quarantine is told to do, as one immutable snapshot.</summary>
public interface IQuarantineProfile
{
    /// <summary>Our name in trace fields.</summary>
    string HostName { get; }

    /// <summary>How much malformed mail is quarantined, and for how long.</summary>
    QuarantineLimits Quarantine { get; }
}
