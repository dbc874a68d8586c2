namespace Gateway.Relay.Delivery.Dns.Resolver;

/// <summary>The way from the name that was asked for to its records, over the aliases within one answer.</summary>
/// <param name="Name">Where the way ends.</param>
/// <param name="Records">The records there of the type asked for.</param>
/// <param name="Life">The shortest life on the way; <see cref="TimeSpan.MaxValue"/> where there is no record.</param>
/// <param name="IsEndless">There are more aliases than anybody needs: most likely a loop.</param>
internal sealed record DnsChain(string Name, IReadOnlyList<DnsRecord> Records, TimeSpan Life, bool IsEndless)
{
    /// <summary>Aliases that are followed for one question.</summary>
    public const int MostAliases = 12;

    /// <summary>Whether the end is another name than the one asked for.</summary>
    public bool IsMoved(DnsQuestion question) => !Name.Equals(question.Name.TrimEnd('.'), StringComparison.OrdinalIgnoreCase);

    /// <summary>Follows the aliases of an answer. Records of other names are no part of it, whatever the server put there.</summary>
    /// <remarks>Source: RFC 1034 section 3.6.2, RFC 2181 section 10.1.</remarks>
    public static DnsChain Follow(DnsMessage message, DnsQuestion question)
    {
        string name = question.Name.TrimEnd('.');
        TimeSpan life = TimeSpan.MaxValue;
        for (int aliases = 0; aliases <= MostAliases; aliases++)
        {
            DnsRecord[] here = [.. message.Answers.Where(r => r.Owner.Equals(name, StringComparison.OrdinalIgnoreCase))];
            DnsRecord[] records = Array.FindAll(here, r => r.Type == question.Type);
            DnsRecord? alias = Array.Find(here, static r => r.Type == DnsType.Cname);
            if (records.Length > 0 || alias is null)
            {
                return new DnsChain(name, records, records.Select(static r => r.Life).Append(life).Min(), false);
            }

            name = alias.Target;
            life = alias.Life < life ? alias.Life : life;
        }

        return new DnsChain(name, [], life, true);
    }
}
