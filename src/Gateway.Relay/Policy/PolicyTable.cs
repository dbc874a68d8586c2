using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Net;
using Gateway.Mime;
using Gateway.Smtp.Protocol;

namespace Gateway.Relay.Policy;

/// <summary>The rule policy by scope: finds for a message the one that its listener, client, sender and recipients lead to.</summary>
/// <remarks>
/// Each entry is one bit. What a session, a sender's domain and a recipient's domain match is a set of bits, found by dictionary; their
/// intersection names the policy, which is made once for each combination that occurs. Several recipients may lead to several
/// policies: then of each finding the strictest action counts, because the message is one (docs/decisions/0011).
/// Promises: the order of entries is the order of layers; an expired one counts no more from that moment on.
/// Threads: any. Cost: a few dictionary look-ups a domain; nothing while there are no entries.
/// </remarks>
public sealed class PolicyTable
{
    /// <summary>Entries there may be: the bits of a set.</summary>
    public const int MaxEntries = 128;

    // Combinations that are kept; a peer who finds more of them pays for making them.
    private const int MostKept = 1024;

    private readonly RulePolicy _base;
    private readonly PolicyEntry[] _entries;
    private readonly TimeProvider _time;
    private readonly DomainIndex _senders;
    private readonly DomainIndex _recipients;
    private readonly ConcurrentDictionary<UInt128, RulePolicy> _made = new();
    private LiveEntries _live;

    /// <summary>Makes the table.</summary>
    /// <param name="rules">The policy for mail that no entry is for.</param>
    /// <param name="entries">The entries, at most <see cref="MaxEntries"/>; later ones are laid over earlier ones.</param>
    /// <param name="time">By whose clock entries expire.</param>
    public PolicyTable(RulePolicy rules, IReadOnlyList<PolicyEntry> entries, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(entries.Count, MaxEntries);
        _base = rules;
        _entries = [.. entries];
        _time = time;
        _senders = new DomainIndex(entries.Select(e => e.Scope.SenderDomains));
        _recipients = new DomainIndex(entries.Select(e => e.Scope.RecipientDomains));
        _live = Live(time.GetUtcNow());
    }

    /// <summary>All entries, also expired ones.</summary>
    public IReadOnlyList<PolicyEntry> Entries => _entries;

    /// <summary>The entries that the mail of a session may match; asked once a session.</summary>
    /// <param name="listener">The listener's name; empty for none, which entries for a listener do not match.</param>
    /// <param name="client">The client; null for none, which entries for a network do not match.</param>
    public UInt128 OfSession(string listener, IPAddress? client)
    {
        UInt128 set = 0;
        for (int i = 0; i < _entries.Length; i++)
        {
            PolicyScope scope = _entries[i].Scope;
            bool matches = (scope.Listeners.Count == 0 || scope.Listeners.Contains(listener, StringComparer.OrdinalIgnoreCase))
                && (scope.Networks is null || (client is not null && scope.Networks.Contains(client)));
            set |= matches ? UInt128.One << i : 0;
        }

        return set;
    }

    /// <summary>The policy for one message.</summary>
    /// <param name="session">What <see cref="OfSession"/> gave.</param>
    /// <param name="sender">The envelope sender; empty for a bounce.</param>
    /// <param name="recipients">The envelope recipients.</param>
    public RulePolicy Select(UInt128 session, string sender, IReadOnlyList<string> recipients)
    {
        ArgumentNullException.ThrowIfNull(recipients);
        UInt128 common = Common(session, sender);
        if (common == 0 || recipients.Count == 0)
        {
            return common == 0 ? _base : Of(common & _recipients.Anybody);
        }

        UInt128 first = common & _recipients.Find(Domain(recipients[0]));
        List<UInt128>? others = null;
        for (int i = 1; i < recipients.Count; i++)
        {
            UInt128 set = common & _recipients.Find(Domain(recipients[i]));
            if (set != first && others?.Contains(set) != true)
            {
                (others ??= []).Add(set);
            }
        }

        return others is null ? Of(first) : RulePolicy.Strictest([Of(first), .. others.Select(Of)]);
    }

    /// <summary>The entries that <see cref="Select"/> lays over the rules for this message, for one of its recipients at least; in their order.</summary>
    /// <param name="session">What <see cref="OfSession"/> gave.</param>
    /// <param name="sender">The envelope sender; empty for a bounce.</param>
    /// <param name="recipients">The envelope recipients.</param>
    public IReadOnlyList<PolicyEntry> Matching(UInt128 session, string sender, IReadOnlyList<string> recipients)
    {
        ArgumentNullException.ThrowIfNull(recipients);
        UInt128 found = recipients.Count == 0 ? _recipients.Anybody : 0;
        foreach (string recipient in recipients)
        {
            found |= _recipients.Find(Domain(recipient));
        }

        found &= Common(session, sender);
        return [.. _entries.Where((_, i) => (found & (UInt128.One << i)) != 0)];
    }

    /// <summary>What counts now and matches session and sender.</summary>
    private UInt128 Common(UInt128 session, string sender)
    {
        DateTimeOffset now = _time.GetUtcNow();
        LiveEntries live = _live;
        if (now >= live.Until)
        {
            _live = live = Live(now);
        }

        return session & live.Set & _senders.Find(Domain(sender));
    }

    private static ReadOnlySpan<char> Domain(string address) => DomainForm.Comparable(address.AsSpan(address.LastIndexOf('@') + 1));

    private RulePolicy Of(UInt128 set)
    {
        if (set == 0)
        {
            return _base;
        }

        if (_made.TryGetValue(set, out RulePolicy? policy))
        {
            return policy;
        }

        List<RuleLayer> layers = [];
        for (UInt128 rest = set; rest != 0; rest &= rest - 1)
        {
            layers.Add(_entries[(int)UInt128.TrailingZeroCount(rest)].Layer);
        }

        policy = _base.With(layers);
        if (_made.Count < MostKept)
        {
            _made[set] = policy;
        }

        return policy;
    }

    private LiveEntries Live(DateTimeOffset now)
    {
        UInt128 set = 0;
        DateTimeOffset until = DateTimeOffset.MaxValue;
        for (int i = 0; i < _entries.Length; i++)
        {
            if (_entries[i].Expires > now)
            {
                set |= UInt128.One << i;
                until = _entries[i].Expires < until ? _entries[i].Expires : until;
            }
        }

        return new LiveEntries(set, until);
    }

    private sealed record LiveEntries(UInt128 Set, DateTimeOffset Until);

    /// <summary>The entries that a domain matches.</summary>
    private sealed class DomainIndex
    {
        private readonly FrozenDictionary<string, UInt128>.AlternateLookup<ReadOnlySpan<char>> _names;
        private readonly FrozenDictionary<string, UInt128>.AlternateLookup<ReadOnlySpan<char>> _parents;

        public DomainIndex(IEnumerable<IReadOnlyList<string>> domains)
        {
            Dictionary<string, UInt128> names = new(StringComparer.OrdinalIgnoreCase);
            Dictionary<string, UInt128> parents = new(StringComparer.OrdinalIgnoreCase);
            UInt128 bit = 1;
            foreach (IReadOnlyList<string> list in domains)
            {
                Anybody |= list.Count == 0 ? bit : 0;
                foreach (string domain in list)
                {
                    bool below = domain.StartsWith("*.", StringComparison.Ordinal);
                    Dictionary<string, UInt128> table = below ? parents : names;
                    string key = below ? domain[2..] : domain;
                    table[key] = table.GetValueOrDefault(key) | bit;
                }

                bit <<= 1;
            }

            _names = names.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();
            _parents = parents.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();
        }

        /// <summary>The entries that do not ask for a domain.</summary>
        public UInt128 Anybody { get; }

        public UInt128 Find(ReadOnlySpan<char> domain)
        {
            UInt128 set = Anybody;
            if (_names.Dictionary.Count > 0 && _names.TryGetValue(domain, out UInt128 exact))
            {
                set |= exact;
            }

            for (int dot = domain.IndexOf('.'); _parents.Dictionary.Count > 0 && dot >= 0; dot = domain.IndexOf('.'))
            {
                domain = domain[(dot + 1)..];
                set |= _parents.TryGetValue(domain, out UInt128 below) ? below : 0;
            }

            return set;
        }
    }
}
