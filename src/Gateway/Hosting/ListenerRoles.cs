using System.Collections.Frozen;
using System.Net;
using Gateway.Configuration;
using Gateway.Relay.Policy;
using Gateway.Smtp.Server;

namespace Gateway.Hosting;

/// <summary>What each listener has of its own: who may relay, and its limits.</summary>
/// <remarks>Promises: the keys are the names of all listeners that are configured, so that a reload can tell a listener that it does not speak of.</remarks>
internal static class ListenerRoles
{
    /// <summary>Who may send to whom.</summary>
    public static RelayControl ControlOf(IReadOnlyList<IPNetwork> networks, IReadOnlyList<DomainPattern> domains) =>
        new(new NetworkList(networks), domains.Select(d => d.ToString()));

    /// <summary>Whom the limits of single clients do not concern where these networks may relay.</summary>
    public static IReadOnlyList<IPNetwork> ExemptOf(GatewayOptions options, IReadOnlyList<IPNetwork> allowed) =>
        options.Limits.AllowedNetworks == AllowedClients.Exempt ? [.. options.Limits.ExemptNetworks, .. allowed] : options.Limits.ExemptNetworks;

    /// <summary>Who may relay at each listener.</summary>
    public static FrozenDictionary<string, ListenerAccess> AccessOf(GatewayOptions options) => ByName(options, listener => new ListenerAccess(
        ControlOf(NetworksOf(options, listener), listener.Domains ?? options.Relay.Domains), new NetworkList(ExemptOf(options, NetworksOf(options, listener)))));

    /// <summary>The profile of each listener.</summary>
    /// <param name="options">All options.</param>
    /// <param name="common">What listeners have that say nothing.</param>
    public static FrozenDictionary<string, SmtpServerProfile> ProfilesOf(GatewayOptions options, SmtpServerProfile common) => ByName(options, listener => common with
    {
        Limits = common.Limits with
        {
            MessageBytes = listener.Limits.MessageBytes?.Bytes ?? common.Limits.MessageBytes,
            Recipients = listener.Limits.Recipients ?? common.Limits.Recipients,
        },
        Clients = common.Clients with
        {
            Connections = listener.Limits.ClientConnections ?? common.Clients.Connections,
            ConnectionRate = Rate(listener.Limits.ClientConnectionRate, common.Clients.ConnectionRate),
            MessageRate = Rate(listener.Limits.ClientMessageRate, common.Clients.MessageRate),
            RecipientRate = Rate(listener.Limits.ClientRecipientRate, common.Clients.RecipientRate),
            LoginMessageRate = Rate(listener.Limits.LoginMessageRate, common.Clients.LoginMessageRate),
            Scope = listener.Limits.CountsForItself ? PolicyChecks.NameOf(listener) : string.Empty,
            Exempt = ExemptOf(options, NetworksOf(options, listener)),
        },
    });

    /// <summary>What there is now, and of before what listeners have that the new configuration does not name: they are there until a restart.</summary>
    public static FrozenDictionary<string, T> Kept<T>(FrozenDictionary<string, T> before, FrozenDictionary<string, T> now) =>
        before.Where(b => !now.ContainsKey(b.Key)).Concat(now).ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private static RateLimit Rate(int? own, RateLimit common) => own is int count ? RateLimit.PerMinute(count) : common;

    private static IReadOnlyList<IPNetwork> NetworksOf(GatewayOptions options, ListenerOptions listener) => listener.AllowedNetworks ?? options.Relay.AllowedNetworks;

    // Listeners that share a name, which only free ports can, have the same of all this: a check sees to it.
    private static FrozenDictionary<string, T> ByName<T>(GatewayOptions options, Func<ListenerOptions, T> make) =>
        options.Listeners.DistinctBy(PolicyChecks.NameOf, StringComparer.OrdinalIgnoreCase).ToFrozenDictionary(PolicyChecks.NameOf, make, StringComparer.OrdinalIgnoreCase);
}
