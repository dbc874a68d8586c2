using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Smtp.Client;
using Gateway.Smtp.Protocol;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Smtp.Tests.Client;

/// <summary>Both sides with the smallest buffers the kernel gives, where waiting for each other really happens.</summary>
public class DownstreamLinkTests
{
    private const int SmallBuffer = 2048;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task WriteAsync_PeerWantsItsRepliesReadFirst_DoesNotDeadlock()
    {
        using Pair pair = await Pair.ConnectAsync(new FakeTimeProvider());
        DownstreamLink link = pair.Link;
        const int replies = 500;
        byte[] commands = new byte[64 * 1024];

        // The peer reads nothing before all of its replies are taken: 100 KB, far more than the kernel holds here.
        Task<int> answering = Task.Run(async () =>
        {
            byte[] reply = Encoding.ASCII.GetBytes("250 2.1.5 " + new string('x', 190) + "\r\n");
            for (int i = 0; i < replies; i++)
            {
                await pair.SendAsync(reply);
            }

            byte[] sink = new byte[4096];
            int taken = 0;
            while (taken < commands.Length)
            {
                taken += await pair.Peer.ReceiveAsync(sink, ClientTesting.Stop);
            }

            return taken;
        });

        Assert.True(await link.WriteAsync(commands, TimeSpan.FromMinutes(1), stopAtInput: false).AsTask().WaitAsync(Patience, ClientTesting.Stop));
        for (int i = 0; i < replies; i++)
        {
            SmtpReply? reply = await link.ReadReplyAsync(TimeSpan.FromMinutes(1));
            Assert.Equal(250, reply?.Code);
        }

        Assert.Equal(commands.Length, await answering);
        Assert.Null(link.Fault);
    }

    [Fact]
    public async Task WriteAsync_PeerTalksWithoutEndAndNeverReads_IsProtocolErrorWithinTheBound()
    {
        using Pair pair = await Pair.ConnectAsync(new FakeTimeProvider());
        DownstreamLink link = pair.Link;
        Task talking = pair.TalkAsync();

        bool written = true;
        while (written)
        {
            written = await link.WriteAsync(new byte[64 * 1024], TimeSpan.FromMinutes(1), stopAtInput: false).AsTask().WaitAsync(Patience, ClientTesting.Stop);
        }

        Assert.Equal(DeliveryOutcome.ProtocolError, link.Fault);
        await talking.WaitAsync(Patience, ClientTesting.Stop);
    }

    [Fact]
    public async Task WriteAsync_PeerNeverReadsAndSaysNothing_TimesOut()
    {
        FakeTimeProvider time = new();
        using Pair pair = await Pair.ConnectAsync(time);
        DownstreamLink link = pair.Link;

        bool written = true;
        while (written)
        {
            written = await time.AdvanceUntilAsync(
                link.WriteAsync(new byte[64 * 1024], TimeSpan.FromMinutes(1), stopAtInput: false).AsTask(), TimeSpan.FromSeconds(10));
        }

        Assert.Equal(DeliveryOutcome.TimedOut, link.Fault);
    }

    [Fact]
    public async Task ReadReplyAsync_PeerDribbles_LimitsTheWholeReply()
    {
        FakeTimeProvider time = new();
        using Pair pair = await Pair.ConnectAsync(time);
        DownstreamLink link = pair.Link;

        Task<SmtpReply?> reading = link.ReadReplyAsync(TimeSpan.FromMinutes(1)).AsTask();
        for (int i = 0; i < 7 && !reading.IsCompleted; i++)
        {
            await pair.SendAsync("2"u8.ToArray());
            time.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Null(await reading.WaitAsync(Patience, ClientTesting.Stop));
        Assert.Equal(DeliveryOutcome.TimedOut, link.Fault);
    }

    [Fact]
    public async Task ReadReplyAsync_SameOctetsAgain_GivesTheSameValue()
    {
        using Pair pair = await Pair.ConnectAsync(TimeProvider.System);
        DownstreamLink link = pair.Link;
        await pair.SendAsync("250 2.1.0 Ok\r\n250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n"u8.ToArray());

        SmtpReply? first = await link.ReadReplyAsync(Patience);
        SmtpReply? second = await link.ReadReplyAsync(Patience);
        SmtpReply? third = await link.ReadReplyAsync(Patience);

        Assert.Same(first, second);
        Assert.NotSame(first, third);
        Assert.Equal("250 2.1.5 Ok", third?.ToString());
    }

    private sealed class Pair(DownstreamLink link, Socket peer) : IDisposable
    {
        public DownstreamLink Link => link;

        public Socket Peer => peer;

        public static async Task<Pair> ConnectAsync(TimeProvider time)
        {
            using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.ReceiveBufferSize = SmallBuffer;
            listener.SendBufferSize = SmallBuffer;
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            listener.Listen(1);
            Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
            {
                ReceiveBufferSize = SmallBuffer,
                SendBufferSize = SmallBuffer,
            };
            await socket.ConnectAsync(listener.LocalEndPoint!, ClientTesting.Stop);
            return new Pair(new DownstreamLink(socket, time), await listener.AcceptAsync(ClientTesting.Stop));
        }

        /// <summary>Sends replies until the connection breaks.</summary>
        public async Task TalkAsync()
        {
            byte[] replies = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("250 2.1.5 Ok\r\n", 100)));
            while (await SendAsync(replies))
            {
            }
        }

        public async Task<bool> SendAsync(ReadOnlyMemory<byte> octets)
        {
            try
            {
                while (!octets.IsEmpty)
                {
                    octets = octets[await peer.SendAsync(octets, ClientTesting.Stop)..];
                }

                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        }

        public void Dispose()
        {
            link.Dispose();
            peer.Dispose();
        }
    }
}
