using System.Net;
using System.Net.NetworkInformation;

namespace Gateway.Smtp.Client;

/// <summary>Tells the addresses at which this gateway itself answers: mail sent there comes back, as often as its hops are counted.</summary>
/// <remarks>
/// A listener on 0.0.0.0 or [::] answers at every address of the machine. A host that a stranger's DNS names is never the machine itself:
/// loopback and unspecified addresses count there at any port (RFC 5321 section 5.1; Postfix's <c>mail loops back to myself</c>). Of hosts that
/// the configuration names only those at a listener's port count: another mail system may live on this machine.
/// Threads: any. Cost: the machine's addresses are read at most once a minute, and only when a port is that of such a listener.
/// </remarks>
/// <param name="listeners">Where mail is listened for, as far as it is known before the listeners are open.</param>
/// <param name="time">The clock of the minute.</param>
/// <param name="machine">Reads the machine's addresses; null for the system's.</param>
public sealed class OwnAddresses(IReadOnlyList<IPEndPoint> listeners, TimeProvider time, Func<IReadOnlyList<IPAddress>>? machine = null)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    private readonly Func<IReadOnlyList<IPAddress>> _machine = machine ?? Interfaces;
    private volatile IReadOnlyList<IPEndPoint> _listeners = listeners;
    private volatile Reading? _read;

    /// <summary>Where mail is listened for; replaced when the real ports are known.</summary>
    public IReadOnlyList<IPEndPoint> Listeners
    {
        get => _listeners;
        set => _listeners = value;
    }

    /// <summary>Hosts that DNS names may have loopback addresses: for drills and tests, whose mail hosts have no other.</summary>
    public bool AllowsLoopback { get; init; }

    /// <summary>True when a connection to the address would reach this gateway.</summary>
    /// <param name="address">An address of a mail host.</param>
    /// <param name="port">Its port.</param>
    /// <param name="isLookedUp">The host was named by DNS, not by the configuration.</param>
    public bool IsOwn(IPAddress address, int port, bool isLookedUp)
    {
        IPAddress plain = Plain(address);
        bool isUnspecified = IsAny(plain);
        bool isLocal = isUnspecified || IPAddress.IsLoopback(plain);
        if (isLocal && isLookedUp && !AllowsLoopback)
        {
            return true;
        }

        foreach (IPEndPoint listener in _listeners)
        {
            IPAddress own = Plain(listener.Address);
            // A connection to the unspecified address is one to the loopback address.
            if (listener.Port == port
                && (own.Equals(plain) || (IsAny(own) ? isLocal || OfMachine().Contains(plain) : isUnspecified && IPAddress.IsLoopback(own))))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    /// <summary>Without what the same address can be written with: IPv4 in IPv6, and the interface of a link-local one.</summary>
    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4()
        : address.IsIPv6LinkLocal ? new IPAddress(address.GetAddressBytes())
        : address;

    private static IReadOnlyList<IPAddress> Interfaces()
    {
        try
        {
            return [.. NetworkInterface.GetAllNetworkInterfaces().SelectMany(static i => i.GetIPProperties().UnicastAddresses).Select(static a => a.Address)];
        }
        catch (NetworkInformationException)
        {
            // The loopback addresses are known without; a loop by another one is ended by its hops.
            return [];
        }
    }

    private HashSet<IPAddress> OfMachine()
    {
        if (_read is not { } read || time.GetElapsedTime(read.At) > Fresh)
        {
            _read = read = new Reading(time.GetTimestamp(), [.. _machine().Select(Plain)]);
        }

        return read.Addresses;
    }

    private sealed record Reading(long At, HashSet<IPAddress> Addresses);
}
