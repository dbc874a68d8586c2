using System.Collections.Concurrent;

namespace Gateway.TestKit;

/// <summary>A DNS server on a loopback port, UDP and TCP, that knows what a test told it; every other name does not exist.</summary>
/// <remarks>Threads: all members may be called at any time.</remarks>
public sealed partial class ScriptedDnsServer : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, bool> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, string> _aliases = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, bool> _failing = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<(string Name, int Type), IReadOnlyList<byte[]>> _records = new();

    /// <summary>The TTL of all answers, seconds.</summary>
    public long TimeToLive { get; set; } = 60;

    /// <summary>How long "there is none" is good, seconds; null where the answers do not say it.</summary>
    public int? NegativeTimeToLive { get; set; }

    /// <summary>Answers every question with this code (2 is SERVFAIL) when it is not 0.</summary>
    public int Failure { get; set; }

    /// <summary>Answers nothing.</summary>
    public bool IsSilent { get; set; }

    /// <summary>Makes of a question and its right answer the answer that is sent; null for none.</summary>
    public Func<DnsAsked, byte[], byte[]?>? Habit { get; set; }

    /// <summary>The questions so far, as <c>MX example.org</c>.</summary>
    public ConcurrentQueue<string> Questions { get; } = new();

    /// <summary>Gives a domain mail hosts; <c>"."</c> is the null MX.</summary>
    public void Mx(string domain, params (int Preference, string Host)[] hosts)
    {
        _names[domain] = true;
        _records[(domain, DnsWire.Mx)] = [.. hosts.Select(h => DnsWire.MxData(h.Preference, h.Host))];
    }

    /// <summary>Gives a host addresses; none makes it a name without records.</summary>
    public void Address(string host, params string[] addresses)
    {
        _names[host] = true;
        (int Type, byte[] Data)[] all = [.. addresses.Select(DnsWire.Address)];
        _records[(host, DnsWire.A)] = [.. all.Where(static a => a.Type == DnsWire.A).Select(static a => a.Data)];
        _records[(host, DnsWire.Aaaa)] = [.. all.Where(static a => a.Type == DnsWire.Aaaa).Select(static a => a.Data)];
    }

    /// <summary>Makes a name the alias of another.</summary>
    public void Alias(string name, string target)
    {
        _names[name] = true;
        _aliases[name] = target;
    }

    /// <summary>Makes questions about one name fail (SERVFAIL), while the others are answered.</summary>
    public void Fail(string name) => _failing[name] = true;

    /// <summary>Makes questions of one type about one name fail (SERVFAIL), or answers them again.</summary>
    /// <param name="question">As in <see cref="Questions"/>: <c>AAAA mx.example.org</c>.</param>
    /// <param name="fails">Whether it fails from here on.</param>
    public void FailType(string question, bool fails)
    {
        if (fails)
        {
            _failing[question] = true;
        }
        else
        {
            _failing.TryRemove(question, out _);
        }
    }

    /// <summary>The answer that the zone gives, aliases followed as a resolver does.</summary>
    public byte[] Truth(DnsAsked asked)
    {
        ArgumentNullException.ThrowIfNull(asked);
        List<byte[]> answers = [];
        string name = asked.Name;
        byte[] owner = [0xC0, 12];
        // A loop is given out once around.
        while (_aliases.TryGetValue(name, out string? target) && answers.Count < _aliases.Count)
        {
            answers.Add(DnsWire.Record(owner, DnsWire.Cname, TimeToLive, DnsWire.Name(target)));
            name = target;
            owner = DnsWire.Name(target);
        }

        bool isLoop = _aliases.ContainsKey(name);
        foreach (byte[] data in isLoop ? [] : _records.GetValueOrDefault((name, asked.Type)) ?? [])
        {
            answers.Add(DnsWire.Record(owner, asked.Type, TimeToLive, data));
        }

        byte[][] zone = NegativeTimeToLive is int negative ? [DnsWire.Zone(name, int.MaxValue, negative)] : [];
        return DnsWire.Reply(asked, answers, _names.ContainsKey(name) ? 0 : 3, zone);
    }

    private byte[]? Answer(DnsAsked asked)
    {
        Questions.Enqueue(asked.ToString());
        if (IsSilent)
        {
            return null;
        }

        int failure = _failing.ContainsKey(asked.Name) || _failing.ContainsKey(asked.ToString()) ? 2 : Failure;
        byte[] truth = failure == 0 ? Truth(asked) : DnsWire.Reply(asked, [], failure);
        return Habit is { } habit ? habit(asked, truth) : truth;
    }
}
