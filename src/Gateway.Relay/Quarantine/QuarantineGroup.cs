namespace Gateway.Relay.Quarantine;

/// <summary>What messages are grouped by.</summary>
public enum QuarantineGrouping
{
    /// <summary>The rule that decided the verdict.</summary>
    Rule,

    /// <summary>The envelope sender, ASCII case ignored.</summary>
    Sender,

    /// <summary>The structure fingerprint.</summary>
    Fingerprint,

    /// <summary>The address of the SMTP client.</summary>
    Client,
}

/// <summary>Messages that have one thing in common: a flood of malformed mail is one group.</summary>
/// <param name="Key">What they have in common, as the newest of them spells it.</param>
/// <param name="Count">How many there are.</param>
/// <param name="FirstSeen">When the oldest was received, to the millisecond.</param>
/// <param name="LastSeen">When the newest was received, to the millisecond.</param>
/// <param name="SampleId">The id of the newest.</param>
public sealed record QuarantineGroup(string Key, long Count, DateTimeOffset FirstSeen, DateTimeOffset LastSeen, string SampleId);

/// <summary>How many messages one rule has in one state; kept up to date by the store, so cheap enough for a metric.</summary>
/// <param name="Rule">The rule that decided the verdict.</param>
/// <param name="State">The state counted.</param>
/// <param name="Count">Messages.</param>
/// <param name="Bytes">Octets of their bodies as received.</param>
public sealed record RuleCount(string Rule, QuarantineState State, long Count, long Bytes);
