using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Gateway.Relay.Delivery.Dns.Resolver;

/// <summary>Asks one server one question, in the form that this server understands.</summary>
/// <remarks>
/// Promises: a truncated or broken answer is asked for again over TCP; a server that refuses EDNS is asked again without and remembered. What cannot be used
/// is told as a failure: codes other than NOERROR and NXDOMAIN, a referral (the server does not know the zone and does not ask others), endless aliases,
/// "there is none" in a message whose counts are wrong or that answers something else beside.
/// Fails: never with an exception for what servers or the network do.
/// Threads: any. Source: RFC 2181 section 9, RFC 2308 section 2.2, RFC 6891 section 7.
/// </remarks>
/// <param name="transport">Carries the octets.</param>
/// <param name="time">The clock of the waits.</param>
/// <param name="draw">Gives the numbers of messages; null for random ones that nobody can guess.</param>
internal sealed class DnsExchange(IDnsTransport transport, TimeProvider time, Func<ushort>? draw = null)
{
    /// <summary>What is said of a loop.</summary>
    public const string Endless = "its aliases have no end";

    private readonly Func<ushort> _draw = draw ?? (static () => (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1));

    /// <summary>What servers did lately.</summary>
    public DnsServerMemory Memory { get; } = new(time);

    /// <summary>One server's answer to one question.</summary>
    /// <param name="server">The server.</param>
    /// <param name="question">The question.</param>
    /// <param name="withOptions">With EDNS first.</param>
    /// <param name="isRepeated">The server had no answer to the same question before, perhaps because of EDNS.</param>
    /// <param name="wait">How long it may take in all.</param>
    public async Task<DnsTry> AskAsync(IPEndPoint server, DnsQuestion question, bool withOptions, bool isRepeated, TimeSpan wait)
    {
        using CancellationTokenSource over = new(wait, time);
        DnsTry said = await TryAsync(server, question, withOptions, over.Token);
        bool isRefused = withOptions && said.Code is DnsCode.FormErr or DnsCode.NotImp or DnsCode.BadVers;
        if (isRefused)
        {
            said = await TryAsync(server, question, false, over.Token);
        }

        if (said.Message is null)
        {
            Memory.Failed(server);
            return said;
        }

        Memory.Answered(server);
        if (isRefused || (isRepeated && !withOptions))
        {
            Memory.NeedsPlain(server);
        }

        return said;
    }

    private async Task<DnsTry> TryAsync(IPEndPoint server, DnsQuestion question, bool withOptions, CancellationToken over)
    {
        try
        {
            DnsMessage? message = await SendAsync(server, question, withOptions, false, over);
            if (message is null or { IsTruncated: true })
            {
                message = await SendAsync(server, question, withOptions, true, over);
            }

            return message is null or { IsTruncated: true } ? new DnsTry(null, "the answer cannot be read") : Judge(message, question);
        }
        catch (OperationCanceledException)
        {
            return new DnsTry(null, "no answer in time") { IsSilence = true };
        }
        catch (Exception e) when (e is SocketException or IOException or InvalidDataException)
        {
            return new DnsTry(null, e.Message);
        }
    }

    private async Task<DnsMessage?> SendAsync(IPEndPoint server, DnsQuestion question, bool withOptions, bool byTcp, CancellationToken over) =>
        DnsMessage.Read((await transport.AskAsync(server, new DnsQuery(question, _draw(), withOptions), byTcp, over)).Span);

    private static DnsTry Judge(DnsMessage message, DnsQuestion question)
    {
        if (message.Code is not (DnsCode.NoError or DnsCode.NxDomain))
        {
            string code = Enum.IsDefined(message.Code) ? message.Code.ToString().ToUpperInvariant() : $"code {(int)message.Code}";
            return new DnsTry(null, code) { Code = message.Code };
        }

        DnsChain chain = DnsChain.Follow(message, question);
        bool isNothing = chain.Records.Count == 0;
        string failure = chain.IsEndless ? Endless
            : isNothing && message.HasRest ? "the answer has other records than it counts"
            : isNothing && message.AnswerCount > 0 && !chain.IsMoved(question) ? "the answer is about something else"
            : isNothing && IsReferral(message) ? "the server only names other servers"
            : string.Empty;
        return new DnsTry(failure.Length == 0 ? message : null, failure) { Code = message.Code };
    }

    // With an alias in it the answer is a part, and its end is asked for next.
    private static bool IsReferral(DnsMessage message) =>
        message is { Code: DnsCode.NoError, IsAuthoritative: false, AnswerCount: 0 }
        && message.Authorities.Any(static r => r.Type == DnsType.Ns)
        && message.Authorities.All(static r => r.Type != DnsType.Soa);
}
