using System.Globalization;
using System.Net;

namespace Gateway.Configuration;

/// <summary>What is wrong, or odd, with policies and exceptions as a whole.</summary>
internal static class PolicyChecks
{
    private static readonly TimeSpan Long = TimeSpan.FromDays(366);

    /// <summary>Adds what is wrong.</summary>
    /// <param name="options">The options.</param>
    /// <param name="now">The time by which exceptions have expired.</param>
    /// <param name="refuse">Takes key, value and message of a mistake.</param>
    /// <param name="warn">Takes the same of what is allowed but rarely meant.</param>
    public static void Check(GatewayOptions options, DateTimeOffset now, Action<string, string?, string> refuse, Action<string, string?, string> warn)
    {
        if (options.Policies.Count + options.Exceptions.Count > Relay.Policy.PolicyTable.MaxEntries)
        {
            refuse("Policies", null, $"there may be {Relay.Policy.PolicyTable.MaxEntries} Policies and Exceptions together");
        }

        foreach (string twice in options.Listeners.Select(NameOf).GroupBy(n => n, StringComparer.OrdinalIgnoreCase).Where(g => g.Skip(1).Any()).Select(g => g.Key))
        {
            // Twice the same endpoint is said elsewhere.
            if (options.Listeners.Any(l => l.Name.Equals(twice, StringComparison.OrdinalIgnoreCase)))
            {
                refuse("Listeners", twice, "is the name of two listeners");
            }
        }

        Named(options.Policies.Select(p => p.Name), "Policies", refuse);
        Named(options.Exceptions.Select(e => e.Name), "Exceptions", refuse);
        for (int i = 0; i < options.Policies.Count; i++)
        {
            PolicyOptions policy = options.Policies[i];
            string path = Entry("Policies", i);
            Listeners(options, policy.Listeners, path, refuse);
            if (!HasScope(policy.Listeners, policy.Networks, policy.SenderDomains, policy.RecipientDomains) && policy.WarnOnly == Choice.False)
            {
                refuse(path, policy.Name, "is for all mail; give Listeners, Networks, SenderDomains or RecipientDomains, or set Gateway:Rules");
            }

            if (policy.Rules.Count == 0 && policy.WarnOnly == Choice.False)
            {
                warn(path, policy.Name, "changes nothing: neither Rules nor WarnOnly is given");
            }
        }

        for (int i = 0; i < options.Exceptions.Count; i++)
        {
            Exception(options, options.Exceptions[i], Entry("Exceptions", i), now, refuse, warn);
        }
    }

    /// <summary>What scopes call a listener.</summary>
    public static string NameOf(ListenerOptions listener) => listener.Name.Length > 0 ? listener.Name : listener.Endpoint.ToString();

    private static void Exception(
        GatewayOptions options, ExceptionOptions exception, string path, DateTimeOffset now, Action<string, string?, string> refuse,
        Action<string, string?, string> warn)
    {
        Listeners(options, exception.Listeners, path, refuse);
        if (!HasScope(exception.Listeners, exception.Networks, exception.SenderDomains, exception.RecipientDomains))
        {
            refuse(path, exception.Name, $"is for all mail; give Listeners, Networks, SenderDomains or RecipientDomains, or set Gateway:Rules:{exception.Rule}");
        }

        if (exception.Expires.At <= now)
        {
            warn($"{path}:Expires", exception.Expires.ToString(), $"{exception.Name} has expired and counts no more; remove it or give it another date");
        }
        else if (exception.Expires.At - now > Long)
        {
            warn($"{path}:Expires", exception.Expires.ToString(), $"{exception.Name} lasts longer than a year: nobody will remember why it is there");
        }
    }

    private static void Listeners(GatewayOptions options, IReadOnlyList<string> names, string path, Action<string, string?, string> refuse)
    {
        string[] known = [.. options.Listeners.SelectMany(l => new[] { l.Name, l.Endpoint.ToString() }).Where(n => n.Length > 0)];
        foreach (string name in names.Where(n => !known.Contains(n, StringComparer.OrdinalIgnoreCase)))
        {
            string hint = KeySuggestion.Nearest(name, known) is { } near ? $"did you mean \"{near}\"?" : $"listeners are {string.Join(", ", known)}";
            refuse($"{path}:Listeners", name, $"there is no such listener; {hint}");
        }
    }

    private static bool HasScope(
        IReadOnlyList<string> listeners, IReadOnlyList<IPNetwork> networks, IReadOnlyList<DomainPattern> senders, IReadOnlyList<DomainPattern> recipients) =>
        listeners.Count + networks.Count + senders.Count + recipients.Count > 0;

    private static void Named(IEnumerable<string> names, string key, Action<string, string?, string> refuse)
    {
        foreach (string twice in names.GroupBy(n => n, StringComparer.OrdinalIgnoreCase).Where(g => g.Skip(1).Any()).Select(g => g.Key))
        {
            refuse(key, twice, "is the name of two entries");
        }
    }

    private static string Entry(string list, int index) => string.Create(CultureInfo.InvariantCulture, $"{list}:{index}");
}
