using System.Net;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Telemetry;
using Gateway.Smtp.Client;
using Gateway.Smtp.Protocol;
using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Delivery.Dns;

/// <summary>What a look-up means for mail: hosts to try, or why there are none.</summary>
/// <param name="Hosts">In the order in which one message should try them.</param>
/// <param name="Status">The RFC 3463 status when there are none; class 4 means later.</param>
/// <param name="Detail">Why there are none, in words.</param>
internal sealed record MxRoute(IReadOnlyList<DownstreamHost> Hosts, EnhancedCode Status, string Detail);

/// <summary>Finds the mail hosts of domains, and the addresses of hosts, in DNS.</summary>
/// <remarks>
/// When DNS fails, the last good answer serves for up to three days; each time the log says so, and <c>gateway_dns_lookups_total{result="stale"}</c> counts it.
/// Addresses of hosts that the configuration names come from the system's resolver (files included); the last good ones serve when it fails.
/// Threads: any. Source: RFC 5321 section 5.1, RFC 7505.
/// </remarks>
internal sealed class MxLookup
{
    // A domain that lists a thousand hosts must not have each message try them all.
    private const int MostHosts = 20;

    private readonly DnsCache<MxAnswer> _hosts;
    private readonly DnsCache<IPAddress[]> _addresses;
    private readonly DnsCache<IPAddress[]> _system;
    private readonly TimeProvider _time;
    private readonly DnsQuestions _questions;
    private IReadOnlyList<IPEndPoint> _servers;
    private readonly GatewayMetrics _metrics;
    private readonly ILogger _log;

    public MxLookup(DnsQuestions questions, GatewayMetrics metrics, ILogger log, TimeProvider time)
    {
        _metrics = metrics;
        _log = log;
        _time = time;
        _questions = questions;
        _servers = questions.Servers;
        _hosts = new DnsCache<MxAnswer>(questions.MailHostsAsync, time, static a => a.Kind == MxKind.Hosts, Note);
        _addresses = new DnsCache<IPAddress[]>(questions.AddressesAsync, time, static a => a.Length > 0, Note, DnsQuestions.Merge);
        _system = new DnsCache<IPAddress[]>(AskSystemAsync, time, static a => a.Length > 0, Note);
    }

    /// <summary>Tells which addresses are ourselves; null where nothing is listened to.</summary>
    public OwnAddresses? Own { get; init; }

    /// <summary>The hosts of a domain.</summary>
    /// <remarks>
    /// Their addresses are looked up together, because whether a host is ourselves shows only there. An answer that takes long is not waited
    /// for: its host stays in the list, and whoever connects asks again.
    /// </remarks>
    /// <param name="route">A route of kind <c>mx</c> for one domain.</param>
    /// <param name="self">Our own name: hosts that are no better than we are would only send the mail back.</param>
    /// <param name="draw">Gives a number for each host, which orders those of equal preference.</param>
    /// <param name="ct">Ends the wait.</param>
    public async ValueTask<MxRoute> FindAsync(Route route, string self, Func<int> draw, CancellationToken ct)
    {
        if (AddressLiteral.Read(route.Domain) is { } literal)
        {
            return FromLiteral(route, literal);
        }

        NoticeServers();
        DnsAnswer<MxAnswer> answer = await _hosts.GetAsync(route.Domain, ct);
        if (answer.Value is not { } found)
        {
            return new MxRoute([], new EnhancedCode(4, 4, 3), answer.Detail);
        }

        switch (found.Kind)
        {
            case MxKind.NullMx:
                return new MxRoute([], new EnhancedCode(5, 1, 10), $"the domain {route.Domain} takes no mail (null MX)");
            case MxKind.NoDomain:
                return new MxRoute([], new EnhancedCode(5, 1, 2), $"there is no domain {route.Domain}");
            case MxKind.NoHost:
                return new MxRoute([], new EnhancedCode(5, 4, 4), $"the domain {route.Domain} has neither mail host nor address");
            default:
                break;
        }

        MxHost[] order = [.. found.Hosts.OrderBy(static h => h.Preference).ThenBy(_ => draw()).Take(MostHosts)];
        IPAddress[]?[] addresses = await AddressesOfAsync(order, ct);
        // RFC 5321 section 5.1: a host that is no better than we are would send the mail back.
        int own = order.Where((h, i) => IsSelf(h, addresses[i], self, route.Port)).Select(static h => h.Preference).DefaultIfEmpty(int.MaxValue).Min();
        DownstreamHost[] hosts =
        [
            .. order.Where((h, i) => h.Preference < own && addresses[i] is not { Length: 0 })
                .Select(h => new DownstreamHost(h.Name.ToLowerInvariant(), route.Port) { Access = route.Access }),
        ];
        return hosts.Length > 0 ? new MxRoute(hosts, default, string.Empty)
            : own < int.MaxValue ? Loop(route)
            : new MxRoute([], new EnhancedCode(5, 4, 4), $"no mail host of {route.Domain} has an address");
    }

    /// <summary>The addresses of a host.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">There are none.</exception>
    public async Task<IPAddress[]> AddressesAsync(DownstreamHost host, CancellationToken ct)
    {
        DnsAnswer<IPAddress[]> answer = await (host.Access.IsLookedUp ? _addresses : _system).GetAsync(host.Host, ct);
        return answer.Value ?? throw new System.Net.Sockets.SocketException((int)System.Net.Sockets.SocketError.TryAgain, answer.Detail);
    }

    /// <summary>RFC 5321 section 4.1.3: the address itself is the host, and nobody is asked.</summary>
    private MxRoute FromLiteral(Route route, IPAddress address) => Own is { } own && own.IsOwn(address, route.Port, isLookedUp: true)
        ? Loop(route)
        : new MxRoute([new DownstreamHost(address.ToString(), route.Port) { Access = route.Access }], default, string.Empty);

    private static MxRoute Loop(Route route) => new([], new EnhancedCode(5, 4, 6), $"mail for {route.Domain} loops back to myself");

    /// <summary>What other servers said counts no more once a reload names new ones: the old ones may be the reason for the change.</summary>
    private void NoticeServers()
    {
        IReadOnlyList<IPEndPoint> now = _questions.Servers;
        IReadOnlyList<IPEndPoint> before = Volatile.Read(ref _servers);
        if (!ReferenceEquals(before, now) && ReferenceEquals(Interlocked.CompareExchange(ref _servers, now, before), before) && !before.SequenceEqual(now))
        {
            _hosts.AskAgain();
            _addresses.AskAgain();
        }
    }

    private bool IsSelf(MxHost host, IPAddress[]? addresses, string self, int port) =>
        host.Name.Equals(self, StringComparison.OrdinalIgnoreCase)
        || (Own is { } own && addresses is not null && Array.Exists(addresses, a => own.IsOwn(a, port, isLookedUp: true)));

    /// <summary>The addresses of all hosts: none where DNS says that there are none, null where it cannot tell soon.</summary>
    private async ValueTask<IPAddress[]?[]> AddressesOfAsync(MxHost[] hosts, CancellationToken ct)
    {
        Task<DnsAnswer<IPAddress[]>>[] asked = Array.ConvertAll(hosts, h => _addresses.GetAsync(h.Name, ct).AsTask());
        try
        {
            await Task.WhenAll(asked).WaitAsync(DnsCache<IPAddress[]>.Patience, _time, ct);
        }
        catch (TimeoutException)
        {
            // What is known by now has to do.
        }

        return Array.ConvertAll(asked, static a => a.IsCompletedSuccessfully ? a.Result.Value : null);
    }

    private static async Task<DnsAnswer<IPAddress[]>> AskSystemAsync(string name)
    {
        try
        {
            // It knows lifetimes itself; what it says counts for the shortest time we keep anything.
            return new DnsAnswer<IPAddress[]>(false, await System.Net.Dns.GetHostAddressesAsync(name), TimeSpan.Zero, string.Empty);
        }
        catch (System.Net.Sockets.SocketException e) when (e.SocketErrorCode is System.Net.Sockets.SocketError.HostNotFound or System.Net.Sockets.SocketError.NoData)
        {
            return new DnsAnswer<IPAddress[]>(false, [], TimeSpan.Zero, e.Message);
        }
        catch (Exception e) when (e is System.Net.Sockets.SocketException or ArgumentException)
        {
            return new DnsAnswer<IPAddress[]>(true, null, TimeSpan.Zero, e.Message);
        }
    }

    private void Note<T>(string name, DnsAnswer<T> answer, TimeSpan overdue)
        where T : class
    {
        _metrics.DnsLookup(answer.IsStale ? "stale" : answer.IsFailure ? "failed" : answer.IsPartial ? "partial" : "answered");
        if (answer.IsStale)
        {
            GatewayLog.StaleDns(_log, LogText.Escape(name), overdue.TotalSeconds, LogText.Escape(answer.Detail));
        }
        else if (answer.IsPartial)
        {
            GatewayLog.PartialDns(_log, LogText.Escape(name), LogText.Escape(answer.Detail));
        }
        else if (answer.IsFailure)
        {
            GatewayLog.DnsFailed(_log, LogText.Escape(name), LogText.Escape(answer.Detail));
        }
    }
}
