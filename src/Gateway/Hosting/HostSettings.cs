using Gateway.Api.Door;
using Gateway.Configuration;
using Gateway.Mime;
using Gateway.Relay;
using Gateway.Relay.Delivery;
using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Inspection;
using Gateway.Relay.Policy;
using Gateway.Relay.Quarantine.Room;
using Gateway.Smtp.Client;
using Gateway.Smtp.Server;
using Gateway.Smtp.Transport;

namespace Gateway.Hosting;

/// <summary>Turns checked options into the snapshots that the relay and its listeners work with.</summary>
internal static class HostSettings
{
    /// <summary>Makes the settings of a host.</summary>
    /// <returns>False with one sentence a mistake; they are about rules, which only the catalogue can judge.</returns>
    public static bool TryMake(GatewayOptions options, out GatewayHostSettings settings, out IReadOnlyList<string> errors)
    {
        settings = null!;
        if (!TryRules(options, out RulePolicy rules, out errors))
        {
            return false;
        }

        if (!PolicySettings.TryMake(options, rules, TimeProvider.System, out PolicyTable policies, out errors))
        {
            return false;
        }

        RelayProfile relay = RelayProfileOf(options, rules) with { Policies = policies, Listeners = ListenerRoles.AccessOf(options) };
        SmtpServerProfile server = ServerProfileOf(options);
        server = server with { Listeners = ListenerRoles.ProfilesOf(options, server) };
        settings = new GatewayHostSettings
        {
            Relay = new MailRelaySettings
            {
                DataDirectory = options.DataDirectory,
                SegmentBytes = options.Spool.SegmentBytes.Bytes,
                MinimumFreeBytes = options.Spool.MinimumFreeBytes.Bytes,
                CommitTimeout = options.Spool.CommitTimeout.Time,
                MessageMemory = options.Limits.MessageMemory.Bytes,
                Lanes = new LaneLimits
                {
                    Clean = options.Relay.Concurrency,
                    Suspects = options.Relay.Isolation.SuspectConcurrency,
                    Spares = options.Relay.Isolation.SpareConnections,
                    HangAfter = options.Relay.Isolation.HangAfter.Time,
                },
                Inspection = new InspectionSettings { Time = options.Limits.InspectionTimeout.Time, MostStuck = options.Limits.StuckInspections },
                Downstream = DownstreamOf(options),
            },
            RelayProfile = () => relay,
            ServerProfile = () => server,
            Listeners = [.. options.Listeners.Select(ListenerOf)],
            UsersFile = options.Auth.UsersFile,
            Management = options.Management.Endpoint.ToString(),
            ManagementNames = options.Management.HostNames,
            ManagementLimits = new ManagementLimits { Connections = options.Management.Connections },
            DrainTimeout = options.Shutdown.DrainTimeout.Time,
        };
        return true;
    }

    /// <summary>The rule policy of the options.</summary>
    public static bool TryRules(GatewayOptions options, out RulePolicy policy, out IReadOnlyList<string> errors)
    {
        List<string> mistakes = [];
        Dictionary<string, RuleSetting> settings = RuleSettingsOf(options.Rules, "Gateway:Rules", mistakes);
        bool ok = RulePolicy.TryCreate(settings, out policy, out IReadOnlyList<string> found);
        errors = [.. mistakes, .. found.Select(e => $"Gateway:Rules: {e}")];
        return ok && mistakes.Count == 0;
    }

    /// <summary>Settings of rules as the catalogue reads them.</summary>
    internal static Dictionary<string, RuleSetting> RuleSettingsOf(
        IReadOnlyDictionary<string, ConfiguredRule> given, string path, List<string> mistakes)
    {
        Dictionary<string, RuleSetting> settings = new(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, ConfiguredRule rule) in given)
        {
            RuleSetting setting = default;
            if (rule.Action is string action)
            {
                if (!RuleSetting.TryParseAction(action, out RuleAction parsed))
                {
                    mistakes.Add($"{path}:{name}: '{action}' is no action; actions are allow, tag, quarantine and reject.");
                    continue;
                }

                setting = setting with { Action = parsed };
            }

            foreach ((string threshold, long value) in rule.Thresholds)
            {
                setting = threshold.ToUpperInvariant() switch
                {
                    "TAG" => setting with { Tag = value },
                    "QUARANTINE" => setting with { Quarantine = value },
                    _ => setting with { Reject = value },
                };
            }

            settings[name] = setting;
        }

        return settings;
    }

    private static RelayProfile RelayProfileOf(GatewayOptions options, RulePolicy rules) => new()
    {
        HostName = options.HostName,
        DnsServers = options.Relay.DnsServers,
        Control = ListenerRoles.ControlOf(options.Relay.AllowedNetworks, options.Relay.Domains),
        Routes = RouteSettings.TableOf(options.Relay),
        Rules = rules,
        Retry = new RetrySchedule
        {
            First = options.Relay.Retry.First.Time,
            Longest = options.Relay.Retry.Longest.Time,
            Lifetime = options.Relay.Retry.Lifetime.Time,
        },
        MemoryBytes = (int)options.Limits.MemoryBytes.Bytes,
        DelayWarning = options.Relay.DelayWarning.Time,
        Bounces = new BouncePolicy
        {
            Senders = options.Relay.Bounces.Senders,
            PerMinute = options.Relay.Bounces.PerMinute,
            Postmaster = options.Relay.Bounces.Postmaster,
        },
        PoisonPerHour = options.Relay.Isolation.PoisonPerHour,
        InspectionTime = options.Limits.ClientInspectionTime.Time,
        Quarantine = LimitsOf(options.Quarantine),
        ExemptClients = new NetworkList(ListenerRoles.ExemptOf(options, options.Relay.AllowedNetworks)),
    };

    private static QuarantineLimits LimitsOf(QuarantineOptions options) => new()
    {
        Bytes = options.Bytes.Bytes,
        Messages = options.Messages,
        ClientBytes = options.ClientBytes.Bytes,
        ClientMessages = options.ClientMessages,
        MinimumFreeBytes = options.MinimumFreeBytes.Bytes,
        Retention = new Retention(options.Keep.Time, options.KeepWhenFull.Time),
        Reasons = options.Reasons.ToDictionary(r => r.Rule, r => new Retention(r.Keep.Time, r.KeepWhenFull.Time), StringComparer.OrdinalIgnoreCase),
        KeepRecords = options.KeepRecords.Time,
    };

    private static SmtpServerProfile ServerProfileOf(GatewayOptions options) => new()
    {
        HostName = options.HostName,
        Limits = new SessionLimits
        {
            MessageBytes = options.Limits.MessageBytes.Bytes,
            Recipients = options.Limits.Recipients,
            Connections = options.Limits.Connections,
            Errors = options.Limits.Errors,
            CommandTimeout = options.Limits.CommandTimeout.Time,
            DataTimeout = options.Limits.DataTimeout.Time,
            MessageTimeout = options.Limits.MessageTimeout.Time,
            ProxyHeaderTimeout = options.Limits.ProxyHeaderTimeout.Time,
            TlsHandshakeTimeout = options.Limits.TlsHandshakeTimeout.Time,
            MinimumRate = options.Limits.MinimumRate,
            MinimumRatePeriod = options.Limits.MinimumRatePeriod.Time,
            SessionTimeout = options.Limits.SessionTimeout.Time,
            SessionMessages = options.Limits.SessionMessages,
            JunkCommands = options.Limits.JunkCommands,
            GreetingDelay = options.Limits.GreetingDelay.Time,
            AuthFailures = options.Limits.AuthFailures,
            AuthFailureDelay = options.Limits.AuthFailureDelay.Time,
            DrainTimeout = options.Shutdown.DrainTimeout.Time,
        },
        Clients = ClientLimitsOf(options),
        XclientNetworks = options.Relay.XclientNetworks,
        BareLineEnds = options.Relay.BareLineEndNetworks,
        Lenient = options.Relay.LenientNetworks,
    };

    private static ClientLimits ClientLimitsOf(GatewayOptions options) => new()
    {
        Connections = options.Limits.ClientConnections,
        ConnectionRate = RateLimit.PerMinute(options.Limits.ClientConnectionRate),
        MessageRate = RateLimit.PerMinute(options.Limits.ClientMessageRate),
        RecipientRate = RateLimit.PerMinute(options.Limits.ClientRecipientRate),
        LoginMessageRate = RateLimit.PerMinute(options.Limits.LoginMessageRate),
        Exempt = ListenerRoles.ExemptOf(options, options.Relay.AllowedNetworks),
    };

    private static DownstreamOptions DownstreamOf(GatewayOptions options) => new()
    {
        ConnectTimeout = options.Delivery.ConnectTimeout.Time,
        GreetingTimeout = options.Delivery.GreetingTimeout.Time,
        NextHostAfter = options.Delivery.NextHostAfter.Time,
        CommandTimeout = options.Delivery.CommandTimeout.Time,
        DataTimeout = options.Delivery.DataTimeout.Time,
        BodyTimeout = options.Delivery.BodyTimeout.Time,
        FinalDotTimeout = options.Delivery.FinalDotTimeout.Time,
        IdleTimeout = options.Delivery.IdleTimeout.Time,
        MaxAge = options.Delivery.ConnectionAge.Time,
        MaxMessagesPerConnection = options.Delivery.MessagesPerConnection,
        MaxIdlePerHost = options.Relay.Routes.Select(r => r.Concurrency).Append(options.Relay.DefaultRoute.Concurrency).Max() is int most
            ? Math.Max(most, options.Relay.Concurrency)
            : options.Relay.Concurrency,
    };

    private static ListenerSettings ListenerOf(ListenerOptions listener) => new(listener.Endpoint)
    {
        Name = PolicyChecks.NameOf(listener),
        ProxyNetworks = listener.ProxyNetworks,
        Mode = listener.Tls.Mode,
        Auth = listener.Auth,
        Engine = listener.Engine,
        Certificates = [.. listener.Tls.Certificates.Select(c => new CertificateFiles(c.CertificateFile, c.KeyFile))],
    };
}
