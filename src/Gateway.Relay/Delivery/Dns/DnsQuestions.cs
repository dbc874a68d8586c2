using System.Net;
using System.Text;
using DnsClient;
using DnsClient.Protocol;
using Gateway.Smtp.Protocol;

namespace Gateway.Relay.Delivery.Dns;

/// <summary>The questions we ask DNS: mail hosts of a domain, addresses of a host.</summary>
/// <remarks>
/// Fails: never with an exception for what servers or the network do.
/// Threads: any. Source: RFC 5321 section 5.1, RFC 7505, RFC 2308 section 5 (how long a negative answer is good).
/// </remarks>
/// <param name="servers">The servers to ask now; empty for those of the system.</param>
/// <param name="timeout">For one question to one server; it is asked three times.</param>
internal sealed class DnsQuestions(Func<IReadOnlyList<IPEndPoint>> servers, TimeSpan timeout)
{
    private const string NotConverted = "the name cannot be converted into A-labels (RFC 5890)";

    private static readonly TimeSpan NegativeTime = TimeSpan.FromMinutes(5);

    // Made when it is needed: a system without a name server can do without, and a reload can name other servers.
    private (IReadOnlyList<IPEndPoint> Servers, LookupClient Client)? _client;
    private readonly Lock _gate = new();

    /// <summary>The servers that are asked now.</summary>
    public IReadOnlyList<IPEndPoint> Servers => servers();

    /// <summary>Where mail of a domain goes.</summary>
    public async Task<DnsAnswer<MxAnswer>> MailHostsAsync(string domain)
    {
        if (DomainForm.ToAscii(domain) is not string name)
        {
            return Ascii.IsValid(domain)
                ? new DnsAnswer<MxAnswer>(false, new MxAnswer(MxKind.NoDomain, []), NegativeTime, string.Empty)
                : new DnsAnswer<MxAnswer>(true, null, TimeSpan.Zero, NotConverted);
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
                ? new DnsAnswer<IPAddress[]>(false, [], NegativeTime, string.Empty)
                : new DnsAnswer<IPAddress[]>(true, null, TimeSpan.Zero, NotConverted);
        }

        (IDnsQueryResponse? Response, string Failure)[] both = await Task.WhenAll(AskAsync(name, QueryType.AAAA), AskAsync(name, QueryType.A));
        IPAddress[] found = [.. both.Where(static b => b.Response is not null).SelectMany(static b => b.Response!.Answers.AddressRecords().Select(static a => a.Address))];
        if (Array.Find(both, static b => b.Response is null) is { Failure.Length: > 0 } failed)
        {
            // One family that failed makes half an answer: it serves while there is nothing better, and is asked again soon.
            return found.Length == 0
                ? new DnsAnswer<IPAddress[]>(true, null, TimeSpan.Zero, failed.Failure)
                : new DnsAnswer<IPAddress[]>(false, found, TimeSpan.Zero, failed.Failure) { IsPartial = true };
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

    private LookupClient Client()
    {
        IReadOnlyList<IPEndPoint> now = servers();
        lock (_gate)
        {
            if (_client is not { } known || !known.Servers.SequenceEqual(now))
            {
                _client = known = (now, new LookupClient(Options(now, timeout)));
            }

            return known.Client;
        }
    }

    private async Task<(IDnsQueryResponse? Response, string Failure)> AskAsync(string name, QueryType type)
    {
        try
        {
            IDnsQueryResponse response = await Client().QueryAsync(new DnsQuestion(name, type));
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
}
