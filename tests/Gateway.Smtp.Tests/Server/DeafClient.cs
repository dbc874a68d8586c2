using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Gateway.Smtp.Tests.Server;

/// <summary>A client that sends and never reads, with a receive window as small as the kernel allows.</summary>
internal sealed class DeafClient : IAsyncDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096, NoDelay = true };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task<DeafClient> ConnectAsync(IPEndPoint server)
    {
        DeafClient client = new();
        await client._socket.ConnectAsync(server, Stop);
        // Deaf from here on: who speaks before the greeting is refused as an early talker.
        await client._socket.ReceiveAsync(new byte[1], Stop);
        return client;
    }

    /// <summary>Sends all, or until the server cuts the connection.</summary>
    public async Task SendAsync(string text)
    {
        try
        {
            ReadOnlyMemory<byte> octets = Encoding.ASCII.GetBytes(text);
            while (!octets.IsEmpty)
            {
                octets = octets[await _socket.SendAsync(octets, Stop)..];
            }
        }
        catch (SocketException)
        {
            // Cut, as it should be.
        }
    }

    /// <summary>Sends until the other side says that the connection is no more; false when it does not within 30 s.</summary>
    public async Task<bool> IsResetAsync()
    {
        byte[] octet = [(byte)'x'];
        for (int i = 0; i < 400; i++)
        {
            try
            {
                using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(Stop);
                patience.CancelAfter(TimeSpan.FromMilliseconds(50));
                await _socket.SendAsync(octet, patience.Token);
                await Task.Delay(TimeSpan.FromMilliseconds(20), Stop);
            }
            catch (OperationCanceledException) when (!Stop.IsCancellationRequested)
            {
                // The send buffer is full: still connected.
            }
            catch (SocketException)
            {
                return true;
            }
        }

        return false;
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
