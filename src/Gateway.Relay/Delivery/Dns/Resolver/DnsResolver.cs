using System.Net;

namespace Gateway.Relay.Delivery.Dns.Resolver;

/// <summary>Answers to questions about names, from the servers that are configured, whatever habits they have.</summary>
/// <remarks>
/// Promises: an answer or a failure within three times the timeout, however many servers and aliases there are. Only what a server says about the
/// name that was asked for counts. "There is none" is believed only from an answer that holds together; all else that is no answer is a failure.
/// Fails: never with an exception for what servers or the network do.
/// Threads: any. Source: RFC 1034, RFC 1035, RFC 2181, RFC 2308, RFC 6891, RFC 7766; docs/decisions/0021.
/// </remarks>
/// <param name="servers">The servers to ask now.</param>
/// <param name="exchange">Asks one of them.</param>
/// <param name="timeout">The longest wait for one server.</param>
/// <param name="time">The clock.</param>
internal sealed class DnsResolver(Func<IReadOnlyList<IPEndPoint>> servers, DnsExchange exchange, TimeSpan timeout, TimeProvider time)
{
    /// <summary>How long "there is none" is good where the zone does not say it.</summary>
    public static readonly TimeSpan NegativeLife = TimeSpan.FromMinutes(5);

    /// <summary>How long "there is none" is believed at most: it makes bounces, and RFC 2308 section 5 leaves the bound to us.</summary>
    public static readonly TimeSpan LongestNegativeLife = TimeSpan.FromHours(1);

    // All servers twice, with a short wait and the second time without EDNS; then the long wait for those that are slow.
    private const int Rounds = 3;
    private const double ShortWait = 0.4;

    /// <summary>The servers that are asked now.</summary>
    public IReadOnlyList<IPEndPoint> Servers => servers();

    /// <summary>By the clock that nobody can set.</summary>
    private TimeSpan Now => time.GetElapsedTime(0);

    /// <summary>The answer to a question, aliases followed.</summary>
    /// <param name="name">The name, which <c>DomainForm.ToAscii</c> has checked.</param>
    /// <param name="type">The type of the records.</param>
    public async Task<DnsReply> AskAsync(string name, DnsType type)
    {
        TimeSpan end = Now + (Rounds * timeout);
        TimeSpan life = TimeSpan.MaxValue;
        DnsQuestion question = new(name, type);
        for (int aliases = 0; aliases <= DnsChain.MostAliases; aliases++)
        {
            DnsTry answer = await AskServersAsync(question, end);
            if (answer.Message is not { } message)
            {
                return new DnsReply($"DNS, {question}: {answer.Failure}", [], false, TimeSpan.Zero);
            }

            DnsChain chain = DnsChain.Follow(message, question);
            life = chain.Life < life ? chain.Life : life;
            bool isNoDomain = message.Code == DnsCode.NxDomain;
            DnsRecord? zone = message.Authorities.FirstOrDefault(static r => r.Type == DnsType.Soa);
            if (chain.Records.Count > 0)
            {
                return new DnsReply(null, chain.Records, false, life);
            }

            // RFC 2308 sections 2.1 and 2.2: the code and the zone are about the end of the aliases.
            if (isNoDomain || zone is not null || !chain.IsMoved(question))
            {
                TimeSpan negative = Negative(zone);
                return new DnsReply(null, [], isNoDomain, negative < life ? negative : life);
            }

            question = question with { Name = chain.Name };
        }

        return new DnsReply($"DNS, {type.ToString().ToUpperInvariant()} of {name}: {DnsExchange.Endless}", [], false, TimeSpan.Zero);
    }

    private static TimeSpan Negative(DnsRecord? zone)
    {
        TimeSpan life = zone is null ? NegativeLife : zone.Life < zone.NegativeLife ? zone.Life : zone.NegativeLife;
        return life < LongestNegativeLife ? life : LongestNegativeLife;
    }

    private async Task<DnsTry> AskServersAsync(DnsQuestion question, TimeSpan end)
    {
        List<IPEndPoint> left = [.. exchange.Memory.Order(servers())];
        DnsTry last = new(null, "there is no server to ask");
        for (int round = 0; round < Rounds; round++)
        {
            foreach (IPEndPoint server in left.ToArray())
            {
                TimeSpan wait = round < Rounds - 1 ? ShortWait * timeout : timeout;
                TimeSpan rest = end - Now;
                if (rest <= TimeSpan.Zero)
                {
                    return last;
                }

                bool withOptions = round == 0 && exchange.Memory.TakesOptions(server);
                last = await exchange.AskAsync(server, question, withOptions, round > 0, wait < rest ? wait : rest);
                if (last.Message is not null)
                {
                    return last;
                }

                // Asking once more helps against silence and against options, and against nothing else.
                if (!last.IsSilence && !withOptions)
                {
                    left.Remove(server);
                }
            }
        }

        return last;
    }
}
