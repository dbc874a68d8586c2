namespace Gateway.Configuration;

/// <summary>How much malformed mail is quarantined, of whom and for how long.</summary>
internal sealed class QuarantineOptions
{
    [Setting("Octets that `quarantine.db` may use, compression, index and records included; then malformed mail gets 451 4.3.1, clean mail never. 0 for no limit.",
        Minimum = "0", Maximum = "8192TB")]
    public ByteSize Bytes { get; init; } = ByteSize.FromMegabytes(10 * 1024);

    [Setting("Messages that may be quarantined at the same time; then malformed mail gets 451 4.3.1. 0 for no limit.", Minimum = "0", Maximum = "100000000")]
    public int Messages { get; init; } = 500_000;

    [Setting("Octets as received that one client network (an IPv4 /24, an IPv6 /64) may have in the quarantine; then its malformed mail gets 451 4.3.1. Not "
        + "for clients that are exempt from the limits that begin with Client (Limits:AllowedNetworks, Limits:ExemptNetworks). 0 for no limit.",
        Minimum = "0", Maximum = "8192TB")]
    public ByteSize ClientBytes { get; init; } = ByteSize.FromMegabytes(1024);

    [Setting("Messages that one client network may have in the quarantine; exempt as for ClientBytes. 0 for no limit.", Minimum = "0", Maximum = "100000000")]
    public int ClientMessages { get; init; } = 20_000;

    [Setting("Free space on the volume below which malformed mail gets 451 4.3.1. Keep it above Spool:MinimumFreeBytes, so that clean mail is taken longer.",
        Minimum = "0", Maximum = "8192TB")]
    public ByteSize MinimumFreeBytes { get; init; } = ByteSize.FromMegabytes(512);

    [Setting("How long mail is quarantined whose rule has no time of its own under Reasons; then it is discarded, reviewed or not.", Minimum = "1h", Maximum = "3650d")]
    public Duration Keep { get; init; } = Duration.FromMinutes(30 * 24 * 60);

    [Setting("How long it is quarantined even when the quarantine is nine tenths full; older mail then makes room, that which is longest over this time first.",
        Minimum = "1h", Maximum = "3650d")]
    public Duration KeepWhenFull { get; init; } = Duration.FromMinutes(7 * 24 * 60);

    [Setting("How old a message may grow before the record of its release or discard is removed; KeepWhenFull when the quarantine is nine tenths full.", Minimum = "1h", Maximum = "3650d")]
    public Duration KeepRecords { get; init; } = Duration.FromMinutes(90 * 24 * 60);

    [Setting("Times of single rules. A list that is given replaces the default: `downstream-poison` and `parser-fault`, 90d and 30d each, because somebody "
        + "has to find out why they broke a host or us.")]
    public IReadOnlyList<ReasonOptions> Reasons { get; init; } =
    [
        new ReasonOptions { Rule = "downstream-poison", Keep = Duration.FromMinutes(90 * 24 * 60), KeepWhenFull = Duration.FromMinutes(30 * 24 * 60) },
        new ReasonOptions { Rule = "parser-fault", Keep = Duration.FromMinutes(90 * 24 * 60), KeepWhenFull = Duration.FromMinutes(30 * 24 * 60) },
    ];
}

/// <summary>How long mail is quarantined that one rule decided about.</summary>
internal sealed class ReasonOptions
{
    [Setting("The rule that decided (`gateway rules list`).", Required = true)]
    public string Rule { get; init; } = "";

    [Setting("How long it is quarantined.", Minimum = "1h", Maximum = "3650d")]
    public Duration Keep { get; init; } = Duration.FromMinutes(30 * 24 * 60);

    [Setting("How long it is quarantined even when the quarantine is nine tenths full.", Minimum = "1h", Maximum = "3650d")]
    public Duration KeepWhenFull { get; init; } = Duration.FromMinutes(7 * 24 * 60);
}
