using Gateway.Api;
using Gateway.Configuration;
using Gateway.Relay;
using Gateway.Smtp.Server;

namespace Gateway.Hosting;

/// <summary>The snapshots that are valid now, and the way to newer ones without a restart.</summary>
/// <remarks>
/// Promises: a configuration with any error changes nothing; one without is swapped whole. Sessions see the new listener profile when they
/// begin, transactions the new relay profile; a listener that
/// the new configuration does not name keeps what it had. A key whose value changed is in the report as taken or as needing a restart, by what its
/// <see cref="SettingAttribute.Restart"/> says. Threads: any; one reload at a time.
/// </remarks>
internal sealed class Reloading
{
    private readonly Lock _gate = new();
    private readonly Func<GatewayConfiguration> _load;
    private Snapshot _now;

    /// <summary>Begins with what the process was started with.</summary>
    /// <param name="load">Reads the configuration again, from where it was read.</param>
    /// <param name="options">The options of the start.</param>
    /// <param name="settings">What was made of them.</param>
    public Reloading(Func<GatewayConfiguration> load, GatewayOptions options, GatewayHostSettings settings)
    {
        _load = load;
        _now = new Snapshot(1, options, options, settings.RelayProfile(), settings.ServerProfile());
        Last = new ReloadReport(Accepted: true, 1, [], [], []);
    }

    /// <summary>1 at the start, one more with each reload that succeeded.</summary>
    public int Generation => Volatile.Read(ref _now).Generation;

    /// <summary>The relay's settings now.</summary>
    public RelayProfile Relay => Volatile.Read(ref _now).Relay;

    /// <summary>The listeners' settings now.</summary>
    public SmtpServerProfile Server => Volatile.Read(ref _now).Server;

    /// <summary>What the last reload came to; before the first, that nothing is to be done.</summary>
    public ReloadReport Last
    {
        get => Volatile.Read(ref field);
        private set => Volatile.Write(ref field, value);
    }

    /// <summary>Reads the configuration again and swaps it in, if nothing is wrong with it.</summary>
    public ReloadReport Reload()
    {
        lock (_gate)
        {
            return Last = Take(_load());
        }
    }

    private ReloadReport Take(GatewayConfiguration read)
    {
        string[] warnings = [.. read.Problems.Where(p => p.IsWarning).Select(p => p.ToString())];
        if (read.Options is not GatewayOptions options)
        {
            return Refused([.. read.Problems.Where(p => !p.IsWarning).Select(p => p.ToString())], warnings);
        }

        warnings = [.. warnings, .. FileChecks.OfRoutes(options.Relay, TimeProvider.System.GetUtcNow()).Select(p => p.ToString())];
        if (!HostSettings.TryMake(options, out GatewayHostSettings settings, out IReadOnlyList<string> errors))
        {
            return Refused(errors, warnings);
        }

        RelayProfile relay = settings.RelayProfile();
        SmtpServerProfile server = settings.ServerProfile();
        relay = relay with { Listeners = ListenerRoles.Kept(_now.Relay.Listeners, relay.Listeners) };
        server = server with { Listeners = ListenerRoles.Kept(_now.Server.Listeners, server.Listeners) };
        string[] taken = [.. Changed(_now.Options, options).Where(static key => !SettingSchema.NeedsRestart(key))];
        Volatile.Write(ref _now, new Snapshot(_now.Generation + 1, _now.Started, options, relay, server));
        return new ReloadReport(Accepted: true, _now.Generation, [], warnings, NeedRestart(options)) { Taken = taken };
    }

    // What a reload before this one left for a restart is still left.
    private ReloadReport Refused(IReadOnlyList<string> problems, string[] warnings) =>
        new(Accepted: false, _now.Generation, problems, warnings, NeedRestart(_now.Options));

    // Compared with the start, not with the last reload: what needs a restart needs it until there was one.
    private string[] NeedRestart(GatewayOptions options) => [.. Changed(_now.Started, options).Where(SettingSchema.NeedsRestart)];

    private static IEnumerable<string> Changed(GatewayOptions before, GatewayOptions after)
    {
        Dictionary<string, string> old = Rows(before);
        Dictionary<string, string> now = Rows(after);
        return old.Keys.Union(now.Keys).Where(key => old.GetValueOrDefault(key) != now.GetValueOrDefault(key)).Order(StringComparer.Ordinal);
    }

    private static Dictionary<string, string> Rows(GatewayOptions options) => ConfigurationDescription
        .ToRows(options, new Dictionary<string, SettingOrigin>(StringComparer.Ordinal))
        .ToDictionary(row => row.Key, row => row.Value, StringComparer.Ordinal);

    private sealed record Snapshot(int Generation, GatewayOptions Started, GatewayOptions Options, RelayProfile Relay, SmtpServerProfile Server);
}
