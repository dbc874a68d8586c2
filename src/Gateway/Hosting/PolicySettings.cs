using Gateway.Configuration;
using Gateway.Mime;
using Gateway.Relay.Policy;

namespace Gateway.Hosting;

/// <summary>Turns policies and exceptions of the options into the table that the relay asks.</summary>
internal static class PolicySettings
{
    /// <summary>Makes the table: policies in their order, exceptions over all of them.</summary>
    /// <returns>False with one sentence a mistake.</returns>
    public static bool TryMake(GatewayOptions options, RulePolicy rules, TimeProvider time, out PolicyTable table, out IReadOnlyList<string> errors)
    {
        List<string> mistakes = [];
        List<PolicyEntry> entries = [];
        for (int i = 0; i < options.Policies.Count; i++)
        {
            PolicyOptions policy = options.Policies[i];
            Dictionary<string, RuleSetting> settings = HostSettings.RuleSettingsOf(policy.Rules, $"Gateway:Policies:{i}:Rules", mistakes);
            RuleLayer layer = new() { Settings = [.. settings], WarnOnly = policy.WarnOnly == Choice.True };
            mistakes.AddRange(layer.Mistakes().Select(m => $"Gateway:Policies:{i} ({policy.Name}): {m}"));
            entries.Add(new PolicyEntry(policy.Name, Scope(options, policy.Listeners, policy.Networks, policy.SenderDomains, policy.RecipientDomains), layer));
        }

        for (int i = 0; i < options.Exceptions.Count; i++)
        {
            ExceptionOptions exception = options.Exceptions[i];
            if (!RuleCatalogue.TryGet(exception.Rule, out Rule? rule))
            {
                string hint = RuleCatalogue.Nearest(exception.Rule) is { } near ? $"; did you mean '{near}'?" : "; see gateway rules list";
                mistakes.Add($"Gateway:Exceptions:{i}:Rule ({exception.Name}): there is no rule '{exception.Rule}'{hint}");
                continue;
            }

            RuleAction left = exception.Action == ExceptionAction.Tag ? RuleAction.Tag : RuleAction.Allow;
            RuleLayer layer = new() { Exemptions = [new RuleExemption(exception.Name, rule.Code, left)] };
            mistakes.AddRange(layer.Mistakes().Select(m => $"Gateway:Exceptions:{i} ({exception.Name}): {m}"));
            PolicyScope scope = Scope(options, exception.Listeners, exception.Networks, exception.SenderDomains, exception.RecipientDomains);
            entries.Add(new PolicyEntry(exception.Name, scope, layer)
            {
                Expires = exception.Expires.At, Reason = exception.Reason, Author = exception.Author,
            });
        }

        errors = mistakes;
        table = new PolicyTable(rules, mistakes.Count == 0 ? entries : [], time);
        return mistakes.Count == 0;
    }

    private static PolicyScope Scope(
        GatewayOptions options, IReadOnlyList<string> listeners, IReadOnlyList<System.Net.IPNetwork> networks, IReadOnlyList<DomainPattern> senders,
        IReadOnlyList<DomainPattern> recipients) => new()
        {
            // A listener with a name may be called by its endpoint too.
            Listeners = [.. options.Listeners
                .Where(l => listeners.Contains(l.Name, StringComparer.OrdinalIgnoreCase) || listeners.Contains(l.Endpoint.ToString(), StringComparer.OrdinalIgnoreCase))
                .Select(PolicyChecks.NameOf)],
            Networks = networks.Count == 0 ? null : new NetworkList(networks),
            SenderDomains = [.. senders.Select(d => d.ToString())],
            RecipientDomains = [.. recipients.Select(d => d.ToString())],
        };
}
