using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Drill;

/// <summary>A DNS server on a loopback port: every domain has this machine for its mail host, until the server falls silent.</summary>
/// <remarks>Threads: any.</remarks>
internal sealed class LoopbackDns : IAsyncDisposable
{
    private const int HeaderOctets = 12;
    private const int TypeA = 1;
    private const int TypeMx = 15;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly CancellationTokenSource _stop = new();
    private readonly byte _seconds;
    private readonly Task _serving;
    private int _questions;

    /// <summary>Starts it.</summary>
    /// <param name="seconds">How long its answers are good.</param>
    public LoopbackDns(byte seconds)
    {
        _seconds = seconds;
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        EndPoint = (IPEndPoint)_socket.LocalEndPoint!;
        _serving = ServeAsync();
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>It takes questions and answers none.</summary>
    public bool IsSilent { get; set; }

    /// <summary>Questions so far.</summary>
    public int Questions => Volatile.Read(ref _questions);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _socket.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        byte[] octets = new byte[1500];
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                SocketReceiveFromResult got = await _socket.ReceiveFromAsync(octets, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), _stop.Token);
                Interlocked.Increment(ref _questions);
                if (!IsSilent)
                {
                    await _socket.SendToAsync(Answer(octets.AsSpan(0, got.ReceivedBytes)), SocketFlags.None, got.RemoteEndPoint, _stop.Token);
                }
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or IndexOutOfRangeException or ArgumentException)
            {
                // The end, an asker that has gone, or no question.
            }
        }
    }

    /// <summary>MX: a host "mail" below the name itself. A: this machine. All else: nothing. RFC 1035 section 4.1.</summary>
    private byte[] Answer(ReadOnlySpan<byte> question)
    {
        int end = HeaderOctets + question[HeaderOctets..].IndexOf((byte)0) + 1;
        int type = BinaryPrimitives.ReadUInt16BigEndian(question[end..]);
        byte[] data = type switch
        {
            // A label and a pointer to the name of the question, with preference 10 in front.
            TypeMx => [0, 10, 4, .. "mail"u8, 0xC0, HeaderOctets],
            TypeA => IPAddress.Loopback.GetAddressBytes(),
            _ => [],
        };
        byte[] record = data.Length == 0 ? [] : [0xC0, HeaderOctets, 0, (byte)type, 0, 1, 0, 0, 0, _seconds, 0, (byte)data.Length, .. data];
        byte[] header = [question[0], question[1], 0x85, 0x80, 0, 1, 0, (byte)(data.Length == 0 ? 0 : 1), 0, 0, 0, 0];
        return [.. header, .. question[HeaderOctets..(end + 4)], .. record];
    }
}
