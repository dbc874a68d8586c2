using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Gateway.Api.Door;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Tests.Management;

/// <summary>The sockets of the management interface.</summary>
public sealed class ManagementTransportTests
{
    private const int ReadAhead = 64 * 1024;

    private static CancellationToken Ct => LiveGateway.Ct;

    [Fact]
    public void CanBind_OnlyTheEndPointOfTheInterface_NotOneThatEqualsIt()
    {
        IPEndPoint endPoint = new(IPAddress.Loopback, 0);
        ManagementTransport transport = new(endPoint, SocketTransportOptions.CreateDefaultBoundListenSocket, new NewcomerPace(TimeProvider.System), NullLoggerFactory.Instance);
        Assert.True(transport.CanBind(endPoint));
        Assert.False(transport.CanBind(new IPEndPoint(IPAddress.Loopback, 0)));
        Assert.False(transport.CanBind(new UnixDomainSocketEndPoint("/tmp/none")));
    }

    [Fact]
    public async Task Body_ThatNobodyReads_IsReadAheadUpToTheBound()
    {
        await using IConnectionListener listener = await BindAsync();
        using Socket flood = await ConnectAsync(listener);
        await using ConnectionContext unread = (await listener.AcceptAsync(Ct))!;
        using Socket other = await ConnectAsync(listener);
        await using ConnectionContext answered = (await listener.AcceptAsync(Ct))!;
        Task sending = SendAllAsync(block => flood.SendAsync(block, Ct), 8 << 20);
        long ahead = await AheadAsync(unread.Transport.Input, ReadAhead);
        // All connections share one line of work: what answers here would have read on there.
        for (int i = 0; i < 100; i++)
        {
            await EchoAsync(other, answered);
        }

        Assert.InRange(ahead, ReadAhead, ReadAhead + 16 * 1024);
        Assert.InRange(await AheadAsync(unread.Transport.Input, ReadAhead), ReadAhead, ReadAhead + 16 * 1024);
        Assert.False(sending.IsCompleted);
        unread.Abort();
        await sending;
    }

    [Fact]
    public async Task Newcomers_AfterTheFirst_AreAcceptedAtTheirPaceAndThoseWithTheTokenAtOnce()
    {
        FakeTimeProvider time = new();
        NewcomerPace pace = new(time);
        await using IConnectionListener listener = await BindAsync(pace);
        for (int i = 0; i < NewcomerPace.Burst; i++)
        {
            await AcceptOneAsync(listener);
        }

        using Socket late = await ConnectAsync(listener);
        Task<ConnectionContext?> waiting = listener.AcceptAsync(Ct).AsTask();
        Assert.False(waiting.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(20));
        await using ConnectionContext accepted = (await waiting)!;
        // 20 ms are four; three are left.
        for (int i = 0; i < (NewcomerPace.PerSecond / 50) - 1; i++)
        {
            await AcceptOneAsync(listener);
        }

        // Whose tokens come gives back what it took, as often as it likes.
        for (int i = 0; i < 3 * NewcomerPace.Burst; i++)
        {
            pace.GiveBack();
            await AcceptOneAsync(listener);
        }

        Task<ConnectionContext?> next = listener.AcceptAsync(Ct).AsTask();
        Assert.False(next.IsCompleted);
        await listener.UnbindAsync(Ct);
    }

    [Fact]
    public async Task Unbind_WhileThePaceIsUsedUp_EndsTheWait()
    {
        NewcomerPace pace = new(new FakeTimeProvider());
        await using IConnectionListener listener = await BindAsync(pace);
        for (int i = 0; i < NewcomerPace.Burst; i++)
        {
            await pace.WaitAsync(Ct);
        }

        Task<ConnectionContext?> waiting = listener.AcceptAsync(Ct).AsTask();
        Assert.False(waiting.IsCompleted);
        await listener.UnbindAsync(Ct);
        Assert.Null(await waiting);
    }

    [Fact]
    public async Task Unbind_ClosesThePort()
    {
        IConnectionListener listener = await BindAsync();
        EndPoint bound = listener.EndPoint;
        await listener.UnbindAsync(Ct);
        Assert.Null(await listener.AcceptAsync(Ct));
        await listener.DisposeAsync();
        using Socket late = new(SocketType.Stream, ProtocolType.Tcp);
        await Assert.ThrowsAsync<SocketException>(async () => await late.ConnectAsync(bound, Ct));
    }

    private static async Task<IConnectionListener> BindAsync(NewcomerPace? pace = null)
    {
        IPEndPoint endPoint = new(IPAddress.Loopback, 0);
        return await new ManagementTransport(endPoint, SocketTransportOptions.CreateDefaultBoundListenSocket, pace ?? new NewcomerPace(TimeProvider.System), NullLoggerFactory.Instance).BindAsync(endPoint, Ct);
    }

    private static async Task AcceptOneAsync(IConnectionListener listener)
    {
        using Socket client = await ConnectAsync(listener);
        await using ConnectionContext connection = (await listener.AcceptAsync(Ct))!;
    }

    private static async Task<Socket> ConnectAsync(IConnectionListener listener)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.EndPoint, Ct);
        return socket;
    }

    /// <summary>Sends until all is sent or the connection is gone.</summary>
    private static async Task SendAllAsync(Func<byte[], ValueTask<int>> send, int octets)
    {
        try
        {
            byte[] block = new byte[64 * 1024];
            for (int sent = 0; sent < octets; sent += block.Length)
            {
                await send(block);
            }
        }
        catch (SocketException)
        {
            // The test ends it.
        }
    }

    /// <summary>Octets that were read ahead, when they are as many as are asked for; none is taken.</summary>
    private static async Task<long> AheadAsync(PipeReader input, int least)
    {
        while (true)
        {
            ReadResult result = await input.ReadAsync(Ct);
            long length = result.Buffer.Length;
            // Nothing counts as examined: the pipe lets the socket go on for what is.
            input.AdvanceTo(result.Buffer.Start, result.Buffer.Start);
            if (length >= least)
            {
                return length;
            }

            await Task.Yield();
        }
    }

    private static async Task EchoAsync(Socket client, ConnectionContext server)
    {
        byte[] octet = [1];
        await client.SendAsync(octet, Ct);
        ReadResult result = await server.Transport.Input.ReadAsync(Ct);
        await server.Transport.Output.WriteAsync(result.Buffer.ToArray(), Ct);
        server.Transport.Input.AdvanceTo(result.Buffer.End);
        Assert.Equal(1, await client.ReceiveAsync(octet, Ct));
    }
}
