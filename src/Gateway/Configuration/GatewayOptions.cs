using System.Net;

namespace Gateway.Configuration;

/// <summary>Everything that can be configured: the section <c>Gateway</c>. An immutable snapshot.</summary>
internal sealed class GatewayOptions
{
    /// <summary>Lines of the log as people or as programs read them.</summary>
    internal enum LogFormat
    {
        /// <summary>One line per event in the manner of Postfix.</summary>
        Text,

        /// <summary>One JSON object per line.</summary>
        Json,
    }

    [Setting("Our name in the greeting, in EHLO, in the Received field and in the log. Should be the name that DNS gives for our address.",
        DefaultText = "the machine's name")]
    public string HostName { get; init; } = "localhost";

    [Setting("Where the spool, the quarantine and the management token live. Made if missing; one process at a time.",
        DefaultText = "`$STATE_DIRECTORY` (systemd), else `$XDG_STATE_HOME/gateway`, else `~/.local/state/gateway`", Restart = true)]
    public string DataDirectory { get; init; } = "";

    [Setting("Where SMTP is listened for; `127.0.0.1:2525` when none is given. What a reload takes counts for listeners by Name, or by Endpoint where they have none.")]
    public IReadOnlyList<ListenerOptions> Listeners { get; init; } = [new ListenerOptions()];

    [Setting("Who may authenticate.", Restart = true)]
    public AuthOptions Auth { get; init; } = new();

    [Setting("For whom mail is taken and where it goes.")]
    public RelayOptions Relay { get; init; } = new();

    [Setting("Hard bounds of sessions and messages.")]
    public LimitsOptions Limits { get; init; } = new();

    [Setting("How the mail hosts behind the gateway are spoken to.", Restart = true)]
    public DeliveryOptions Delivery { get; init; } = new();

    [Setting("The log that keeps mail safe on disk until it is delivered.", Restart = true)]
    public SpoolSettings Spool { get; init; } = new();

    [Setting("How much malformed mail is quarantined, of whom and for how long.")]
    public QuarantineOptions Quarantine { get; init; } = new();

    [Setting("Overrides of the rule catalogue, by rule name (`gateway rules list`).")]
    public IReadOnlyDictionary<string, ConfiguredRule> Rules { get; init; } = new Dictionary<string, ConfiguredRule>(StringComparer.Ordinal);

    [Setting("Rules for particular mail, laid over Rules in their order: what a later one says of a rule replaces what an earlier one says.")]
    public IReadOnlyList<PolicyOptions> Policies { get; init; } = [];

    [Setting("Rules that are softened for particular mail until a day that must be given, laid over Policies.")]
    public IReadOnlyList<ExceptionOptions> Exceptions { get; init; } = [];

    [Setting("Health, metrics and the interface that the commands talk to.", Restart = true)]
    public ManagementOptions Management { get; init; } = new();

    [Setting("What is logged, and how.", Restart = true)]
    public LogOptions Log { get; init; } = new();

    [Setting("How the process ends.", Restart = true)]
    public ShutdownOptions Shutdown { get; init; } = new();
}

/// <summary>The HTTP side.</summary>
internal sealed class ManagementOptions
{
    [Setting("Address and port, or `unix:/path`. Everything but health and metrics needs the token in the data directory.")]
    public ListenAddress Endpoint { get; init; } = ListenAddress.FromTcp(new IPEndPoint(IPAddress.Loopback, 8025));

    [Setting("Names besides `localhost`, the machine's and HostName under which health and metrics may be asked for, such as that of a service; addresses always may. "
        + "Others get 421, so that a web page cannot read them through a name of its own.")]
    public IReadOnlyList<string> HostNames { get; init; } = [];

    [Setting("Connections at the same time; when all are taken, a new one takes the place of the oldest that never brought the token.",
        Minimum = "8", Maximum = "10000")]
    public int Connections { get; init; } = 64;
}

/// <summary>The log lines.</summary>
internal sealed class LogOptions
{
    [Setting("`text` for one line per event in the manner of Postfix, `json` for one object per line.")]
    public GatewayOptions.LogFormat Format { get; init; } = GatewayOptions.LogFormat.Text;

    [Setting("What stands before the slash of each program in the log (`gateway/smtpd`), as Postfix's `syslog_name`. With `postfix` tools that know no other name read it.")]
    public string SyslogName { get; init; } = "gateway";

    [Setting("The least important events that are written.")]
    public LogLevel Level { get; init; } = LogLevel.Information;
}

/// <summary>The end of the process.</summary>
internal sealed class ShutdownOptions
{
    [Setting("How long sessions and deliveries under way may finish after SIGTERM; then sessions get 421 and deliveries are left for the next start. "
        + "Keep it below TimeoutStopSec of the unit.", Minimum = "0", Maximum = "1h")]
    public Duration DrainTimeout { get; init; } = Duration.FromSeconds(30);
}

/// <summary>What a configuration changes about one rule.</summary>
/// <param name="Action">One of <c>allow</c>, <c>tag</c>, <c>quarantine</c>, <c>reject</c>; null when thresholds are given.</param>
/// <param name="Thresholds">Amounts by action (<c>tag</c>, <c>quarantine</c>, <c>reject</c>): beyond it the action is taken. Octets, or a count; an action left out keeps the catalogue's.</param>
internal sealed record ConfiguredRule(string? Action, IReadOnlyDictionary<string, long> Thresholds);
