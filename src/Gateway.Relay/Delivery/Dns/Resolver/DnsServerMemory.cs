using System.Collections.Concurrent;
using System.Net;

namespace Gateway.Relay.Delivery.Dns.Resolver;

/// <summary>What servers did lately: those that gave no answer are asked behind the others, those that do not know EDNS without it.</summary>
/// <remarks>
/// Promises: no server is left out; the memory changes only in which order and in which form they are asked. Threads: any. Cost: one entry a server.
/// </remarks>
/// <param name="time">The clock of the rests.</param>
internal sealed class DnsServerMemory(TimeProvider time)
{
    /// <summary>How long a server without an answer comes behind the others.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromMinutes(1);

    /// <summary>How long a server that did not understand EDNS is asked without: lost datagrams look the same.</summary>
    public static readonly TimeSpan Plain = TimeSpan.FromMinutes(15);

    private readonly ConcurrentDictionary<IPEndPoint, TimeSpan> _rests = new();
    private readonly ConcurrentDictionary<IPEndPoint, TimeSpan> _plain = new();

    /// <summary>By the clock that nobody can set.</summary>
    private TimeSpan Now => time.GetElapsedTime(0);

    /// <summary>The servers in the order in which they are asked now.</summary>
    public IPEndPoint[] Order(IReadOnlyList<IPEndPoint> servers) => [.. servers.OrderBy(s => IsIn(_rests, s))];

    /// <summary>Whether a server is asked with EDNS.</summary>
    public bool TakesOptions(IPEndPoint server) => !IsIn(_plain, server);

    /// <summary>A server answered what it was asked.</summary>
    public void Answered(IPEndPoint server) => _rests.TryRemove(server, out _);

    /// <summary>A server gave no answer.</summary>
    public void Failed(IPEndPoint server) => _rests[server] = Now + Rest;

    /// <summary>A server answered without EDNS what it did not answer with it.</summary>
    public void NeedsPlain(IPEndPoint server) => _plain[server] = Now + Plain;

    private bool IsIn(ConcurrentDictionary<IPEndPoint, TimeSpan> until, IPEndPoint server) => until.TryGetValue(server, out TimeSpan end) && Now < end;
}
