using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Smtp.Client;

/// <summary>The addresses of ours that connections are made from: one of a family at most.</summary>
/// <remarks>A family without one is not used: whoever names a source wants to be known by it. Compared by value. Threads: immutable.</remarks>
/// <param name="V4">For IPv4; null for none.</param>
/// <param name="V6">For IPv6; null for none.</param>
public sealed record SourceAddresses(IPAddress? V4, IPAddress? V6)
{
    /// <summary>Reads one address, or one of each family with a comma between.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out SourceAddresses? sources)
    {
        sources = null;
        SourceAddresses read = new(null, null);
        foreach (string part in (text ?? string.Empty).Split(',', StringSplitOptions.TrimEntries))
        {
            if (!IPAddress.TryParse(part, out IPAddress? address) || read.For(address.AddressFamily) is not null)
            {
                return false;
            }

            read = address.AddressFamily == AddressFamily.InterNetworkV6 ? read with { V6 = address } : read with { V4 = address };
        }

        sources = read;
        return true;
    }

    /// <summary>The source of connections to a family; null when it is not used.</summary>
    public IPAddress? For(AddressFamily family) => family == AddressFamily.InterNetworkV6 ? V6 : V4;

    /// <inheritdoc/>
    public override string ToString() => string.Join(',', ((IPAddress?[])[V4, V6]).OfType<IPAddress>());
}
