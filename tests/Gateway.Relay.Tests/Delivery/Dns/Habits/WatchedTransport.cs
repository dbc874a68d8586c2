using System.Net;
using Gateway.Relay.Delivery.Dns.Resolver;
using Gateway.TestKit;

namespace Gateway.Relay.Tests.Delivery.Dns.Habits;

/// <summary>Real sockets, of which a test knows whether anything is still to come from them.</summary>
/// <param name="servers">The servers that are asked.</param>
internal sealed class WatchedTransport(IReadOnlyList<ScriptedDnsServer> servers) : IDnsTransport
{
    private readonly DnsSockets _sockets = new();
    private readonly List<(ushort Id, CancellationToken Over)> _open = [];
    private ushort _id;

    /// <summary>True when every question under way met silence and has time left.</summary>
    public bool IsIdle() => _open.TrueForAll(o => !o.Over.IsCancellationRequested && servers.Any(s => s.IsSilentAbout(o.Id)));

    /// <summary>Numbers for questions, each once.</summary>
    public ushort Draw() => ++_id;

    public async Task<ReadOnlyMemory<byte>> AskAsync(IPEndPoint server, DnsQuery query, bool byTcp, CancellationToken ct)
    {
        (ushort, CancellationToken) mine = (System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(query.Octets.Span), ct);
        _open.Add(mine);
        try
        {
            return await _sockets.AskAsync(server, query, byTcp, ct);
        }
        finally
        {
            _open.Remove(mine);
        }
    }
}
