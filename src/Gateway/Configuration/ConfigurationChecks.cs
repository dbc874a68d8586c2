using System.Net;

namespace Gateway.Configuration;

/// <summary>What one value alone cannot show: settings that contradict each other, and settings that are allowed but rarely meant.</summary>
internal static class ConfigurationChecks
{
    private const string Root = GatewayConfiguration.Section;
    private const int PageBytes = 4096;

    private static readonly string[] Rising = ["tag", "quarantine", "reject"];

    /// <summary>Adds what is wrong with the options as a whole.</summary>
    public static void Check(GatewayOptions options, IReadOnlyDictionary<string, SettingOrigin> origins, List<ConfigurationProblem> problems)
    {
        if (options.DataDirectory.Length == 0)
        {
            Refuse("DataDirectory", null, "must be given, because none of STATE_DIRECTORY, XDG_STATE_HOME and HOME is set");
        }

        if (!DomainPattern.IsDomain(options.HostName))
        {
            Refuse("HostName", options.HostName, "expected a host name such as mx1.example.org");
        }

        if (options.Listeners.Count == 0)
        {
            Refuse("Listeners", null, "needs at least one entry");
        }

        foreach (IPEndPoint twice in Repeated(options.Listeners.Select(listener => listener.Endpoint).Where(endpoint => endpoint.Port != 0)))
        {
            Refuse("Listeners", twice.ToString(), "is listened on twice");
        }

        foreach (IPEndPoint endpoint in options.Listeners.Select(listener => listener.Endpoint).Where(endpoint => endpoint.Port != 0))
        {
            if (endpoint.Equals(options.Management.Endpoint.Tcp))
            {
                Refuse("Management:Endpoint", endpoint.ToString(), "is also the address of a listener");
            }
        }

        foreach (DomainPattern twice in Repeated(options.Relay.Routes.Select(route => route.Domain)))
        {
            Refuse("Relay:Routes", twice.ToString(), "has two routes");
        }

        CheckWeights("Relay:DefaultRoute:Weights", options.Relay.DefaultRoute.Hosts, options.Relay.DefaultRoute.Weights, Refuse);
        CheckWeights("Relay:Bounces:Route:Weights", options.Relay.Bounces.Route.Hosts, options.Relay.Bounces.Route.Weights, Refuse);
        for (int i = 0; i < options.Relay.Routes.Count; i++)
        {
            CheckWeights(
                string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Relay:Routes:{i}:Weights"), options.Relay.Routes[i].Hosts,
                options.Relay.Routes[i].Weights, Refuse);
        }

        CheckRetry(options.Relay.Retry, Refuse);
        if (options.Relay.DelayWarning > options.Relay.Retry.Lifetime)
        {
            Refuse("Relay:DelayWarning", options.Relay.DelayWarning.ToString(), $"is longer than Retry:Lifetime ({options.Relay.Retry.Lifetime})");
        }

        if (options.Spool.SegmentBytes.Bytes % PageBytes != 0)
        {
            Refuse("Spool:SegmentBytes", options.Spool.SegmentBytes.ToString(), "must be a multiple of 4KB");
        }

        CheckRules("Rules", options.Rules, Refuse);
        for (int i = 0; i < options.Policies.Count; i++)
        {
            CheckRules(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Policies:{i}:Rules"), options.Policies[i].Rules, Refuse);
        }

        ListenerChecks.Check(options, Refuse, Doubt);
        RouteChecks.Check(options.Relay, Refuse, Doubt);
        LoopChecks.Check(options, Doubt);
        PolicyChecks.Check(options, TimeProvider.System.GetUtcNow(), Refuse, Doubt);
        QuarantineChecks.Check(options, Refuse, Doubt);
        Warn(options, origins, problems);

        void Refuse(string key, string? value, string message) => problems.Add(
            new ConfigurationProblem($"{Root}:{key}", message) { Value = value, Origin = origins.GetValueOrDefault($"{Root}:{key}") });

        void Doubt(string key, string? value, string message) => problems.Add(
            new ConfigurationProblem($"{Root}:{key}", message) { Value = value, Origin = origins.GetValueOrDefault($"{Root}:{key}"), IsWarning = true });
    }

    private static void CheckWeights(string key, IReadOnlyList<HostAndPort> hosts, IReadOnlyList<int> weights, Action<string, string?, string> refuse)
    {
        if (weights.Count > 0 && weights.Count != hosts.Count)
        {
            refuse(key, null, "needs one number for each of Hosts, or none at all");
        }
        else if (weights.Count > 0 && (weights.All(weight => weight == 0) || weights.Any(weight => weight > 1000)))
        {
            refuse(key, null, "needs numbers from 0 to 1000, and one above 0 at least");
        }
    }

    private static void CheckRetry(RetryOptions retry, Action<string, string?, string> refuse)
    {
        if (retry.First.Time > retry.Longest.Time)
        {
            refuse("Relay:Retry:First", retry.First.ToString(), $"is longer than Longest ({retry.Longest})");
        }

        if (retry.Longest.Time > retry.Lifetime.Time)
        {
            refuse("Relay:Retry:Longest", retry.Longest.ToString(), $"is longer than Lifetime ({retry.Lifetime})");
        }
    }

    private static void CheckRules(string path, IReadOnlyDictionary<string, ConfiguredRule> rules, Action<string, string?, string> refuse)
    {
        foreach ((string name, ConfiguredRule rule) in rules)
        {
            long[] rising = Rising
                .Where(rule.Thresholds.ContainsKey)
                .Select(action => rule.Thresholds[action])
                .ToArray();
            if (rising.Zip(rising.Skip(1)).Any(pair => pair.First > pair.Second))
            {
                refuse($"{path}:{name}", null, "the threshold of a stronger action may not be below that of a weaker one (Tag, Quarantine, Reject)");
            }
        }
    }

    private static void Warn(GatewayOptions options, IReadOnlyDictionary<string, SettingOrigin> origins, List<ConfigurationProblem> problems)
    {
        bool reachable = options.Listeners.Any(listener => !IPAddress.IsLoopback(listener.Endpoint.Address));
        foreach (IPNetwork everyone in options.Relay.AllowedNetworks.Where(network => network.PrefixLength == 0 && reachable))
        {
            Add("Relay:AllowedNetworks", everyone.ToString(), "every client may send to every domain: this is an open relay unless a firewall stands in front");
        }

        foreach (IPNetwork everyone in options.Relay.BareLineEndNetworks.Where(network => network.PrefixLength == 0 && reachable))
        {
            Add("Relay:BareLineEndNetworks", everyone.ToString(), "the line ends of every client are changed; name the devices that need it");
        }

        if (options.Limits.MessageBytes.Bytes < 64 << 10)
        {
            Add("Limits:MessageBytes", options.Limits.MessageBytes.ToString(), "RFC 5321 section 4.5.3.1.7 asks for 64KB at least");
        }

        if (options.Limits.Recipients < 100)
        {
            Add("Limits:Recipients", options.Limits.Recipients.ToString(System.Globalization.CultureInfo.InvariantCulture), "RFC 5321 section 4.5.3.1.8 asks for 100 at least");
        }

        if (options.Spool.MinimumFreeBytes.Bytes < options.Spool.SegmentBytes.Bytes)
        {
            Add("Spool:MinimumFreeBytes", options.Spool.MinimumFreeBytes.ToString(), "is below Spool:SegmentBytes: the disk can be full before mail is refused");
        }

        if (!options.Management.Endpoint.IsLocal)
        {
            Add("Management:Endpoint", options.Management.Endpoint.ToString(), "other machines can reach it, without encryption");
        }

        void Add(string key, string value, string message) => problems.Add(
            new ConfigurationProblem($"{Root}:{key}", message) { Value = value, Origin = origins.GetValueOrDefault($"{Root}:{key}"), IsWarning = true });
    }

    private static IEnumerable<T> Repeated<T>(IEnumerable<T> items) =>
        items.GroupBy(item => item).Where(group => group.Skip(1).Any()).Select(group => group.Key);
}
