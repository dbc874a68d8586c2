using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gateway.Api;
using Gateway.Faults;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Gateway.Hosting;

/// <summary>The addresses of a gateway, taken before anything else of a start has an effect.</summary>
/// <remarks>
/// Promises: who has them owns every port and knows its number; nobody can connect until the server listens.
/// Fails: <see cref="IOException"/> with a sentence that names the listener, its address and the remedy; nothing stays bound then.
/// Threads: one until the server has started.
/// </remarks>
internal sealed class BoundSockets : IDisposable
{
    private readonly List<(EndPoint Wanted, Socket Socket)> _free = [];

    private BoundSockets()
    {
    }

    /// <summary>Where SMTP is listened for, in the order of the listeners.</summary>
    public IReadOnlyList<IPEndPoint> Smtp { get; private set; } = [];

    /// <summary>Where the management interface is, in the form of the configuration.</summary>
    public string Management { get; private set; } = string.Empty;

    /// <summary>Binds everything.</summary>
    /// <param name="listeners">The listeners.</param>
    /// <param name="management"><c>ip:port</c> or <c>unix:/path</c>.</param>
    /// <param name="managementEndPoint">The same as the end point that the server is told.</param>
    /// <exception cref="IOException">An address cannot be had.</exception>
    public static BoundSockets Open(IReadOnlyList<ListenerSettings> listeners, string management, EndPoint managementEndPoint)
    {
        BoundSockets sockets = new();
        try
        {
            sockets.Smtp = [.. listeners.Select(l => (IPEndPoint)sockets.Bind(l.EndPoint, What(l)))];
            bool isUnix = ManagementEndPoint.IsUnixSocket(management, out string path);
            if (isUnix)
            {
                ManagementSocket.MakeRoom(path);
            }

            string bound = sockets.Bind(managementEndPoint, $"Management:Endpoint cannot listen on {management}").ToString()!;
            sockets.Management = isUnix ? management : bound;
            return sockets;
        }
        catch
        {
            sockets.Dispose();
            throw;
        }
    }

    /// <summary>Why an address cannot be listened on, or null when it can; nothing stays bound.</summary>
    public static SocketException? Try(EndPoint endPoint)
    {
        try
        {
            SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint).Dispose();
            return null;
        }
        catch (SocketException e)
        {
            return e;
        }
    }

    /// <summary>The beginning of a sentence about a listener.</summary>
    public static string What(ListenerSettings listener) => string.Create(
        CultureInfo.InvariantCulture, $"the listener{(listener.Name.Length > 0 ? $" '{listener.Name}'" : string.Empty)} cannot listen on {listener.EndPoint}");

    /// <summary>Hands a socket to the server, whose it is from then on.</summary>
    /// <param name="wanted">The end point that the server was told.</param>
    public Socket Take(EndPoint wanted)
    {
        // By reference: two may ask for port 0 of one address.
        int at = _free.FindIndex(s => ReferenceEquals(s.Wanted, wanted));
        Socket socket = _free[at].Socket;
        _free.RemoveAt(at);
        return socket;
    }

    /// <summary>Lets go what the server did not take.</summary>
    public void Dispose()
    {
        _free.ForEach(static s => s.Socket.Dispose());
        _free.Clear();
    }

    private EndPoint Bind(EndPoint endPoint, string what)
    {
        try
        {
            Socket socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);
            _free.Add((endPoint, socket));
            return socket.LocalEndPoint!;
        }
        catch (SocketException e)
        {
            throw new AddressRefusedException($"{what}: {SystemFailure.Of(e, endPoint)}", e);
        }
    }
}

/// <summary>An address cannot be listened on; the message is a sentence for its administrator.</summary>
internal sealed class AddressRefusedException(string message, SocketException why) : IOException(message, why)
{
    /// <summary>Another program has it.</summary>
    public bool IsInUse => why.SocketErrorCode == SocketError.AddressAlreadyInUse;
}
