using System.Net;

namespace Gateway.Relay.Delivery.Dns.Resolver;

/// <summary>The DNS servers of the system, from <c>/etc/resolv.conf</c>.</summary>
/// <remarks>
/// Promises: a changed file counts within half a minute; while it cannot be read, the servers known before serve. Without any line of a server it is the
/// one of this machine (resolv.conf(5)).
/// Threads: any. Cost: the file is read at most every half minute.
/// </remarks>
/// <param name="time">The clock.</param>
/// <param name="file">The path of the file.</param>
internal sealed class DnsSystemServers(TimeProvider time, string file = "/etc/resolv.conf")
{
    private const int Port = 53;

    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(30);

    private volatile Reading? _read;

    /// <summary>The servers now.</summary>
    public IReadOnlyList<IPEndPoint> Servers
    {
        get
        {
            if (_read is not { } read || time.GetElapsedTime(read.At) > Fresh)
            {
                IReadOnlyList<IPEndPoint> now = Read() ?? _read?.Servers ?? [];
                // An unchanged list stays the same object, by which others notice a change.
                _read = read = new Reading(time.GetTimestamp(), _read is { } before && before.Servers.SequenceEqual(now) ? before.Servers : now);
            }

            return read.Servers;
        }
    }

    private List<IPEndPoint>? Read()
    {
        try
        {
            List<IPEndPoint> servers = [];
            foreach (string line in File.ReadLines(file))
            {
                string[] words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
                if (words is ["nameserver", string address, ..] && IPAddress.TryParse(address, out IPAddress? server))
                {
                    servers.Add(new IPEndPoint(server, Port));
                }
            }

            return servers.Count > 0 ? servers : [new(IPAddress.Loopback, Port)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private sealed record Reading(long At, IReadOnlyList<IPEndPoint> Servers);
}
