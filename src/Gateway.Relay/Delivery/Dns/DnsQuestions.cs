using System.Net;
using System.Text;
using Gateway.Relay.Delivery.Dns.Resolver;
using Gateway.Smtp.Protocol;

namespace Gateway.Relay.Delivery.Dns;

/// <summary>The questions we ask DNS: mail hosts of a domain, addresses of a host.</summary>
/// <remarks>
/// Fails: never with an exception for what servers or the network do.
/// Threads: any. Source: RFC 5321 section 5.1, RFC 7505, RFC 2308 section 5 (how long a negative answer is good).
/// </remarks>
/// <param name="resolver">Answers one question.</param>
internal sealed class DnsQuestions(DnsResolver resolver)
{
    private const string NotConverted = "the name cannot be converted into A-labels (RFC 5890)";

    /// <summary>The servers that are asked now.</summary>
    public IReadOnlyList<IPEndPoint> Servers => resolver.Servers;

    /// <summary>Questions over the network.</summary>
    /// <param name="servers">The servers to ask now; empty for those of the system.</param>
    /// <param name="timeout">The longest wait for one server; a question takes three times as long at most.</param>
    /// <param name="time">The clock.</param>
    public static DnsQuestions Open(Func<IReadOnlyList<IPEndPoint>> servers, TimeSpan timeout, TimeProvider time)
    {
        DnsSystemServers system = new(time);
        return new DnsQuestions(
            new DnsResolver(() => servers() is { Count: > 0 } named ? named : system.Servers, new DnsExchange(new DnsSockets(), time), timeout, time));
    }

    /// <summary>Where mail of a domain goes.</summary>
    public async Task<DnsAnswer<MxAnswer>> MailHostsAsync(string domain)
    {
        if (DomainForm.ToAscii(domain) is not string name)
        {
            return Ascii.IsValid(domain)
                ? new DnsAnswer<MxAnswer>(false, new MxAnswer(MxKind.NoDomain, []), DnsResolver.NegativeLife, string.Empty)
                : new DnsAnswer<MxAnswer>(true, null, TimeSpan.Zero, NotConverted);
        }

        DnsReply reply = await resolver.AskAsync(name, DnsType.Mx);
        if (reply.Failure is not null)
        {
            return new DnsAnswer<MxAnswer>(true, null, TimeSpan.Zero, reply.Failure);
        }

        if (reply.IsNoDomain)
        {
            return new DnsAnswer<MxAnswer>(false, new MxAnswer(MxKind.NoDomain, []), reply.Life, string.Empty);
        }

        if (reply.Records.Count > 0)
        {
            // RFC 7505 section 3: a null MX stands alone; beside others it is of no use.
            MxHost[] hosts = [.. reply.Records.Select(static r => new MxHost(r.Preference, r.Target)).Where(static h => h.Name.Length > 0)];
            return new DnsAnswer<MxAnswer>(false, new MxAnswer(hosts.Length > 0 ? MxKind.Hosts : MxKind.NullMx, hosts), reply.Life, string.Empty);
        }

        // RFC 5321 section 5.1: without MX the domain itself is its mail host.
        DnsAnswer<IPAddress[]> addresses = await AddressesAsync(name);
        TimeSpan life = addresses.TimeToLive < reply.Life ? addresses.TimeToLive : reply.Life;
        return addresses.IsFailure ? new DnsAnswer<MxAnswer>(true, null, TimeSpan.Zero, addresses.Detail)
            : addresses.Value!.Length > 0
                ? new DnsAnswer<MxAnswer>(false, new MxAnswer(MxKind.Hosts, [new MxHost(0, name)]), life, string.Empty)
                : new DnsAnswer<MxAnswer>(false, new MxAnswer(MxKind.NoHost, []), life, string.Empty);
    }

    /// <summary>Completes half an answer by the addresses that an older one had of the family that failed.</summary>
    public static IPAddress[] Merge(IPAddress[] older, IPAddress[] half) =>
    [
        .. half.Concat(older.Where(o => Array.TrueForAll(half, h => h.AddressFamily != o.AddressFamily)))
            .OrderByDescending(static a => a.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6),
    ];

    /// <summary>The addresses of a host, IPv6 first.</summary>
    public async Task<DnsAnswer<IPAddress[]>> AddressesAsync(string host)
    {
        if (DomainForm.ToAscii(host) is not string name)
        {
            return Ascii.IsValid(host)
                ? new DnsAnswer<IPAddress[]>(false, [], DnsResolver.NegativeLife, string.Empty)
                : new DnsAnswer<IPAddress[]>(true, null, TimeSpan.Zero, NotConverted);
        }

        if (name.Contains('\\', StringComparison.Ordinal))
        {
            // A label with octets that no host name has (RFC 1123 section 2.1): the text is not the name, and nobody can be asked for it.
            return new DnsAnswer<IPAddress[]>(false, [], DnsResolver.NegativeLife, string.Empty);
        }

        DnsReply[] both = await Task.WhenAll(resolver.AskAsync(name, DnsType.Aaaa), resolver.AskAsync(name, DnsType.A));
        IPAddress[] found = [.. both.SelectMany(static b => b.Records.Select(static r => r.Address!))];
        if (Array.Find(both, static b => b.Failure is not null) is { } failed)
        {
            // One family that failed makes half an answer: it serves while there is nothing better, and is asked again soon.
            return found.Length == 0
                ? new DnsAnswer<IPAddress[]>(true, null, TimeSpan.Zero, failed.Failure!)
                : new DnsAnswer<IPAddress[]>(false, found, TimeSpan.Zero, failed.Failure!) { IsPartial = true };
        }

        // Of two answers the one with records tells the life: that there is none of the other family is no news soon.
        TimeSpan life = both.Where(b => b.Records.Count > 0 || found.Length == 0).Min(static b => b.Life);
        return new DnsAnswer<IPAddress[]>(false, found, life, string.Empty);
    }
}
