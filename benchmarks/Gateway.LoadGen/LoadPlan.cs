using Gateway.LoadGen.Mail;
using Gateway.LoadGen.Sink;
using Gateway.LoadGen.Source;

namespace Gateway.LoadGen;

/// <summary>A whole run, as the command line asks for it.</summary>
internal sealed record LoadPlan
{
    // The ledger has two octets for the number of a template.
    private const int MostFiles = 60_000;

    public required SourcePlan Source { get; init; }

    /// <summary>Null: source alone.</summary>
    public SinkPlan? Sink { get; init; }

    /// <summary>Relays may change the header: only the body is compared.</summary>
    public bool ComparesBody { get; init; }

    public int Sessions { get; init; } = 20;

    public long? Messages { get; init; }

    public TimeSpan? Duration { get; init; }

    /// <summary>Messages a second; null: closed loop.</summary>
    public double? Rate { get; init; }

    public TimeSpan Ramp { get; init; }

    /// <summary>Hostile mail on sessions of its own at this rate; null: none.</summary>
    public double? HostileRate { get; init; }

    public int HostileSessions { get; init; } = 20;

    /// <summary>Share of hostile mail in the same sessions.</summary>
    public double HostileShare { get; init; }

    public IReadOnlyList<string> HostileShapes { get; init; } = [];

    /// <summary>Sizes with their weights.</summary>
    public IReadOnlyList<(int Octets, double Weight)> Sizes { get; init; } = [(4096, 1)];

    public int Parts { get; init; }

    public int HeaderOctets { get; init; }

    /// <summary>Messages from files instead of generated ones; 60,000 at most.</summary>
    public string? Folder { get; init; }

    /// <summary>Messages sent and not measured, in a closed loop.</summary>
    public long WarmUp { get; init; }

    /// <summary>Messages sent before all else to a sink of its own, so that this program's code is compiled when it measures.</summary>
    /// <remarks>What compiles while it is measured shows as a stall: a tenth of a second, once, would be the p99 of a short run.</remarks>
    public int OwnWarmUp { get; init; } = 10_000;

    /// <summary>How long to wait for what was accepted.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long to listen for duplicates at the end.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Without any progress for so long the run is given up.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(120);

    public int Loops { get; init; } = 1;

    public IReadOnlyList<int> Pids { get; init; } = [];

    public string? Command { get; init; }

    public string? Cgroup { get; init; }

    public string? DataPath { get; init; }

    public string Label { get; init; } = string.Empty;

    public string CommandLine { get; init; } = string.Empty;

    /// <summary>Any hostile message at the sink fails the run.</summary>
    public bool ForbidsHostile { get; init; }

    /// <summary>The workload in words.</summary>
    public string Describe()
    {
        string pace = Rate is double rate ? FormattableString.Invariant($"open loop, {rate:0.#}/s") : "closed loop";
        string mail = Folder ?? string.Join(',', Sizes.Select(s => Sizes.Count == 1 ? Amounts.Octets(s.Octets) : FormattableString.Invariant($"{Amounts.Octets(s.Octets)}:{s.Weight}")));
        string reuse = Source.Reuse switch { 0 => "connections reused", 1 => "one connection a message", int n => FormattableString.Invariant($"{n} messages a connection") };
        string hostile = HostileRate is double h ? FormattableString.Invariant($", beside {h:0.#} hostile/s") : HostileShare > 0 ? FormattableString.Invariant($", {HostileShare:0.###} of it hostile") : string.Empty;
        return FormattableString.Invariant($"{mail}, {Sessions} sessions, {pace}, {reuse}, {(Source.Bdat ? "BDAT" : "DATA")}, pipelining {(Source.Pipelining ? "on" : "off")}")
            + (Source.Tls == TlsMode.None ? string.Empty : ", TLS") + (Source.Recipients == 1 ? string.Empty : FormattableString.Invariant($", {Source.Recipients} recipients"))
            + (Parts > 0 ? FormattableString.Invariant($", {Parts} parts") : string.Empty) + (HeaderOctets > 0 ? $", {Amounts.Octets(HeaderOctets)} of header" : string.Empty) + hostile;
    }

    /// <summary>The clean mail.</summary>
    public IReadOnlyList<(IReadOnlyList<MessageTemplate> Variants, double Weight)> CleanKinds(DateTimeOffset now) => Folder is null
        ? [.. Sizes.Select(s => (CleanMail.Make(s.Octets, Parts, HeaderOctets, now), s.Weight))]
        : [([.. Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Take(MostFiles).Select(f => MessageTemplate.FromFile(f, isHostile: false))], 1)];
}
