using System.Net;
using System.Net.Sockets;

namespace Gateway.TestKit;

/// <summary>Waits until what this process has begun had its turn, so that a test may move its clock: on a busy machine the clock must not outrun the work.</summary>
/// <remarks>
/// A round is a trip of an octet over loopback and back, each step behind what the thread pool has in line. What was ready to run or to be read before the first round has had its turn after the last.
/// It says nothing of threads of their own (the spool's) and of other processes. Cost: about a millisecond where nothing else runs; on a busy machine as long as the others have to wait too.
/// </remarks>
public static class Settling
{
    private const int Rounds = 4;

    /// <summary>Waits for four rounds.</summary>
    public static async Task WaitAsync(CancellationToken ct)
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(listener.LocalEndPoint!, ct);
        using Socket server = await listener.AcceptAsync(ct);
        server.NoDelay = true;
        byte[] octet = new byte[1];
        for (int i = 0; i < Rounds; i++)
        {
            await BehindThePoolAsync();
            await client.SendAsync(octet, ct);
            await server.ReceiveAsync(octet, ct);
            await BehindThePoolAsync();
            await server.SendAsync(octet, ct);
            await client.ReceiveAsync(octet, ct);
        }
    }

    /// <summary>Returns when what the pool has in line now has been taken from it.</summary>
    private static Task BehindThePoolAsync()
    {
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ThreadPool.UnsafeQueueUserWorkItem(static state => ((TaskCompletionSource)state!).SetResult(), done);
        return done.Task;
    }
}
