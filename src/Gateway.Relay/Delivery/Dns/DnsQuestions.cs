using System.Globalization;
using System.Net;
using DnsClient;
using DnsClient.Protocol;

namespace Gateway.Relay.Delivery.Dns;

/// <summary>The questions we ask DNS: mail hosts of a domain, addresses of a host.</summary>
/// <remarks>
/// Fails: never with an exception for what servers or the network do.
/// Threads: any. Source: RFC 5321 section 5.1, RFC 7505, RFC 2308 section 5 (how long a negative answer is good).
/// </remarks>
/// <param name="servers">The servers to ask; empty for those of the system.</param>
/// <param name="timeout">For one question to one server; it is asked three times.</param>
internal sealed class DnsQuestions(IReadOnlyList<IPEndPoint> servers, TimeSpan timeout)
{
    private static readonly TimeSpan NegativeTime = TimeSpan.FromMinutes(5);

    // Not before it is needed: a system without a name server can do without.
    private readonly Lazy<LookupClient> _client = new(() => new LookupClient(Options(servers, timeout)));

    /// <summary>Where mail of a domain goes.</summary>
    public async Task<DnsAnswer<MxAnswer>> MailHostsAsync(string domain)
    {
        if (Ascii(domain) is not string name)
        {
            return new DnsAnswer<MxAnswer>(false, new MxAnswer(MxKind.NoDomain, []), NegativeTime, string.Empty);
        }

        (IDnsQueryResponse? response, string failure) = await AskAsync(name, QueryType.MX);
        if (response is null)
        {
            return new DnsAnswer<MxAnswer>(true, null, TimeSpan.Zero, failure);
        }

        if (IsNoDomain(response))
        {
            return new DnsAnswer<MxAnswer>(false, new MxAnswer(MxKind.NoDomain, []), Negative(response), string.Empty);
        }

        MxRecord[] records = [.. response.Answers.MxRecords()];
        if (records.Length > 0)
        {
            // RFC 7505 section 3: a null MX stands alone; beside others it is of no use.
            MxHost[] hosts = [.. records.Select(static r => new MxHost(r.Preference, r.Exchange.Value.TrimEnd('.'))).Where(static h => h.Name.Length > 0)];
            return new DnsAnswer<MxAnswer>(
                false, new MxAnswer(hosts.Length > 0 ? MxKind.Hosts : MxKind.NullMx, hosts), Positive(response), string.Empty);
        }

        // RFC 5321 section 5.1: without MX the domain itself is its mail host.
        DnsAnswer<IPAddress[]> addresses = await AddressesAsync(name);
        return addresses.IsFailure ? new DnsAnswer<MxAnswer>(true, null, TimeSpan.Zero, addresses.Detail)
            : addresses.Value!.Length > 0
                ? new DnsAnswer<MxAnswer>(false, new MxAnswer(MxKind.Hosts, [new MxHost(0, name)]), addresses.TimeToLive, string.Empty)
                : new DnsAnswer<MxAnswer>(false, new MxAnswer(MxKind.NoHost, []), Negative(response), string.Empty);
    }

    /// <summary>The addresses of a host, IPv6 first.</summary>
    public async Task<DnsAnswer<IPAddress[]>> AddressesAsync(string host)
    {
        if (Ascii(host) is not string name)
        {
            return new DnsAnswer<IPAddress[]>(false, [], NegativeTime, string.Empty);
        }

        (IDnsQueryResponse? Response, string Failure)[] both = await Task.WhenAll(AskAsync(name, QueryType.AAAA), AskAsync(name, QueryType.A));
        IPAddress[] found = [.. both.Where(static b => b.Response is not null).SelectMany(static b => b.Response!.Answers.AddressRecords().Select(static a => a.Address))];
        if (found.Length == 0 && Array.Find(both, static b => b.Response is null) is { Failure.Length: > 0 } failed)
        {
            return new DnsAnswer<IPAddress[]>(true, null, TimeSpan.Zero, failed.Failure);
        }

        TimeSpan life = both.Where(static b => b.Response is { Answers.Count: > 0 }).Select(static b => Positive(b.Response!)).DefaultIfEmpty(NegativeTime).Min();
        return new DnsAnswer<IPAddress[]>(false, found, life, string.Empty);
    }

    private static LookupClientOptions Options(IReadOnlyList<IPEndPoint> servers, TimeSpan timeout) =>
        new([.. servers.Select(static s => new NameServer(s))])
        {
            AutoResolveNameServers = servers.Count == 0,
            UseCache = false,
            Timeout = timeout,
            Retries = 2,
            ThrowDnsErrors = false,
            ContinueOnDnsError = true,
            ContinueOnEmptyResponse = false,
            UseTcpFallback = true,
            // DNS Flag Day 2020: what passes every path without fragments.
            ExtendedDnsBufferSize = 1232,
        };

    private async Task<(IDnsQueryResponse? Response, string Failure)> AskAsync(string name, QueryType type)
    {
        try
        {
            IDnsQueryResponse response = await _client.Value.QueryAsync(new DnsQuestion(name, type));
            return response.Header.ResponseCode is DnsHeaderResponseCode.NoError or DnsHeaderResponseCode.NotExistentDomain
                ? (response, string.Empty)
                : (null, $"DNS, {type} of {name}: {response.Header.ResponseCode}");
        }
        catch (Exception e) when (e is DnsResponseException or IOException or System.Net.Sockets.SocketException or InvalidOperationException
            or ArgumentException or OperationCanceledException or TimeoutException)
        {
            return (null, $"DNS, {type} of {name}: {e.Message}");
        }
    }

    private static bool IsNoDomain(IDnsQueryResponse response) => response.Header.ResponseCode == DnsHeaderResponseCode.NotExistentDomain;

    private static TimeSpan Positive(IDnsQueryResponse response) => TimeSpan.FromSeconds(response.Answers.Min(static a => a.InitialTimeToLive));

    private static TimeSpan Negative(IDnsQueryResponse response) =>
        response.Authorities.OfType<SoaRecord>().FirstOrDefault() is { } soa
            ? TimeSpan.FromSeconds(Math.Min(soa.InitialTimeToLive, soa.Minimum))
            : NegativeTime;

    private static string? Ascii(string name)
    {
        try
        {
            return new IdnMapping().GetAscii(name);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
