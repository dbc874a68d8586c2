using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Gateway.TestKit;

/// <content>The sockets, and the habits that show only there.</content>
public sealed partial class ScriptedDnsServer
{
    private const int MostTries = 50;

    private readonly Socket _udp;
    private readonly Socket? _tcp;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<ushort, bool> _unanswered = new();
    private readonly List<ITimer> _late = [];
    private readonly Task[] _serving;

    /// <summary>Starts listening.</summary>
    /// <param name="hasTcp">Whether it listens on TCP too.</param>
    public ScriptedDnsServer(bool hasTcp = true)
    {
        (_udp, _tcp) = Bind(hasTcp);
        EndPoint = (IPEndPoint)_udp.LocalEndPoint!;
        _serving = _tcp is null ? [ServeUdpAsync()] : [ServeUdpAsync(), ServeTcpAsync(_tcp)];
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>What it does over TCP.</summary>
    public DnsTcpHabit Tcp { get; set; }

    /// <summary>Datagrams are sent from another port than they were sent to.</summary>
    public bool AnswersFromElsewhere { get; set; }

    /// <summary>Sent in front of each datagram, made of the right one.</summary>
    public Func<byte[], byte[]>? InFront { get; set; }

    /// <summary>How late datagrams are, by <see cref="Time"/>.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>The clock of <see cref="Delay"/>.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>True when nothing that an asker can use is on its way to it for this question, and nothing will be but by the clock.</summary>
    /// <param name="id">The number of the question.</param>
    public bool IsSilentAbout(ushort id) => _unanswered.ContainsKey(id);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_serving);
        _late.ForEach(static t => t.Dispose());
        _udp.Dispose();
        _tcp?.Dispose();
        _stop.Dispose();
    }

    private static (Socket Udp, Socket? Tcp) Bind(bool hasTcp)
    {
        for (int i = 0; ; i++)
        {
            Socket udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            udp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            Socket? tcp = hasTcp ? new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) : null;
            try
            {
                tcp?.Bind(udp.LocalEndPoint!);
                tcp?.Listen();
                return (udp, tcp);
            }
            catch (SocketException) when (i < MostTries)
            {
                // Somebody has this port for TCP.
                udp.Dispose();
                tcp?.Dispose();
            }
        }
    }

    private async Task ServeUdpAsync()
    {
        byte[] buffer = new byte[4096];
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                SocketReceiveFromResult got = await _udp.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), _stop.Token);
                DnsAsked asked = new(buffer[..got.ReceivedBytes], false);
                if (Answer(asked) is { } answer)
                {
                    SendOrDelay(asked, answer, got.RemoteEndPoint);
                }
                else
                {
                    _unanswered[asked.Id] = true;
                }
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // The asker has gone, or the end.
            }
        }
    }

    private void SendOrDelay(DnsAsked asked, byte[] answer, EndPoint asker)
    {
        if (Delay == TimeSpan.Zero)
        {
            Send(asked, answer, asker);
            return;
        }

        _late.Add(Time.CreateTimer(
            _ =>
            {
                _unanswered.TryRemove(asked.Id, out bool _);
                Send(asked, answer, asker);
            },
            null, Delay, Timeout.InfiniteTimeSpan));
        _unanswered[asked.Id] = true;
    }

    private void Send(DnsAsked asked, byte[] answer, EndPoint asker)
    {
        if (InFront is { } make)
        {
            _udp.SendTo(make(answer), asker);
        }

        using Socket other = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        (AnswersFromElsewhere ? other : _udp).SendTo(answer, asker);
        if (AnswersFromElsewhere || !IsFor(asked, answer))
        {
            _unanswered[asked.Id] = true;
        }
    }

    /// <summary>Whether an asker may take a message for the answer to its question.</summary>
    private static bool IsFor(DnsAsked asked, byte[] answer) =>
        answer.Length >= 12 && answer.AsSpan(0, 2).SequenceEqual(asked.Octets.AsSpan(0, 2)) && (answer[2] & 0x80) != 0
        && (answer[5] == 0 ? (answer[3] & 0x0F) is not (0 or 3)
            : answer[5] == 1 && answer.Length >= 12 + asked.Question.Length
                && System.Text.Ascii.EqualsIgnoreCase(answer.AsSpan(12, asked.Question.Length), asked.Question));

    private async Task ServeTcpAsync(Socket listener)
    {
        List<Task> open = [];
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                open.Add(ConverseAsync(await listener.AcceptAsync(_stop.Token)));
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // The asker has gone, or the end.
            }
        }

        await Task.WhenAll(open);
    }

    private async Task ConverseAsync(Socket socket)
    {
        try
        {
            using Socket closing = socket;
            socket.NoDelay = true;
            await using NetworkStream stream = new(socket);
            byte[] length = new byte[2];
            await stream.ReadExactlyAsync(length, _stop.Token);
            byte[] question = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
            await stream.ReadExactlyAsync(question, _stop.Token);
            DnsAsked asked = new(question, true);
            await AnswerAsync(stream, asked, Answer(asked));
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // The asker has gone, or the end.
        }
    }

    private async Task AnswerAsync(NetworkStream stream, DnsAsked asked, byte[]? answer)
    {
        if (answer is null || Tcp == DnsTcpHabit.Silent)
        {
            _unanswered[asked.Id] = true;
            await Task.Delay(Timeout.Infinite, _stop.Token);
            return;
        }

        byte[] all = [(byte)(answer.Length >> 8), (byte)answer.Length, .. answer];
        int end = Tcp switch { DnsTcpHabit.Closes => 0, DnsTcpHabit.Breaks => all.Length / 2, _ => all.Length };
        int piece = Tcp == DnsTcpHabit.Trickles ? 1 : all.Length;
        for (int at = 0; at < end; at += piece)
        {
            await stream.WriteAsync(all.AsMemory(at, Math.Min(piece, end - at)), _stop.Token);
        }
    }
}
