using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Gateway.Commands;
using Gateway.Relay.Telemetry;
using Microsoft.AspNetCore.Connections.Features;

namespace Gateway.Api;

/// <summary>Who gives an order through the management interface, for logs and audits.</summary>
/// <remarks>
/// Over TCP nobody can be told from another, so the header alone says it; it counts with the token only. Behind a Unix socket the kernel knows the user of the other end
/// (<c>SO_PEERCRED</c>, unix(7)). The header of root and of the gateway's own user is believed, because the command line takes it from sudo and from the kernel's login user.
/// </remarks>
internal static class OrderGiver
{
    private const int SocketLevel = 1; // SOL_SOCKET
    private const int PeerCredentials = 17; // SO_PEERCRED
    private const int CredentialsSize = 12; // struct ucred: pid, uid, gid
    private const int UserAt = 4;

    /// <summary>The name for logs and audits, safe to show.</summary>
    /// <param name="http">A request with the token.</param>
    public static string Of(HttpContext http)
    {
        string? said = http.Request.Headers[ManagementApi.ActorHeader];
        uint? user = PeerOf(http.Features.Get<IConnectionSocketFeature>()?.Socket);
        return LogText.Escape(
            Name(said, user, user is uint known ? Person.NameOf(known) ?? string.Create(CultureInfo.InvariantCulture, $"user {known}") : null, FileOwner.EffectiveUser()), 100);
    }

    /// <summary>The name, from what is known.</summary>
    /// <param name="said">The header; null or blank when it is not there.</param>
    /// <param name="user">The number of the user at the other end of a Unix socket; null for TCP.</param>
    /// <param name="name">That user's name.</param>
    /// <param name="own">The number of the gateway's own user.</param>
    public static string Name(string? said, uint? user, string? name, uint own) => (string.IsNullOrWhiteSpace(said), user) switch
    {
        (true, null) => "api",
        (true, _) => name!,
        (false, null or 0) => said!,
        _ => user == own || said == name ? said! : $"{said} (as {name})",
    };

    private static uint? PeerOf(Socket? socket)
    {
        if (socket is not { AddressFamily: AddressFamily.Unix } || !OperatingSystem.IsLinux())
        {
            return null;
        }

        Span<byte> credentials = stackalloc byte[CredentialsSize];
        return socket.GetRawSocketOption(SocketLevel, PeerCredentials, credentials) == CredentialsSize
            ? MemoryMarshal.Read<uint>(credentials[UserAt..]) : null;
    }
}
