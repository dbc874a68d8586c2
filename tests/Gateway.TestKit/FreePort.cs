using System.Net;
using System.Net.Sockets;

namespace Gateway.TestKit;

/// <summary>Loopback ports that nobody listens on.</summary>
/// <remarks>
/// Prefer port 0 and ask the server what it got. This is for processes that must be told their port, and for a port
/// where a connection must fail: another process may take it in between, so tests that use it try again.
/// </remarks>
public static class FreePort
{
    /// <summary>A port that was free a moment ago.</summary>
    public static int Take()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
