using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Relay.Delivery.Dns.Resolver;

/// <summary>Questions over UDP and TCP.</summary>
/// <remarks>
/// Promises: each question has a socket of its own, whose port the kernel draws at random (RFC 5452 section 9.2); the socket is connected, so that
/// only the server's datagrams arrive, and a server that is not there is noticed at once. What is no answer to the question is passed over.
/// Threads: any. Cost: one socket and 4 KB a question. Source: RFC 1035 section 4.2, RFC 7766.
/// </remarks>
internal sealed class DnsSockets : IDnsTransport
{
    // Some servers send more than they are asked to; what is longer still is asked for over TCP.
    private const int DatagramOctets = 4096;

    /// <inheritdoc/>
    public async Task<ReadOnlyMemory<byte>> AskAsync(IPEndPoint server, DnsQuery query, bool byTcp, CancellationToken ct)
    {
        using Socket socket = byTcp
            ? new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, ct);
        return byTcp ? await AskByTcpAsync(socket, query, ct) : await AskByUdpAsync(socket, query, ct);
    }

    private static async Task<ReadOnlyMemory<byte>> AskByUdpAsync(Socket socket, DnsQuery query, CancellationToken ct)
    {
        byte[] answer = new byte[DatagramOctets];
        await socket.SendAsync(query.Octets, ct);
        while (true)
        {
            int length = await socket.ReceiveAsync(answer, ct);
            if (query.IsAnsweredBy(answer.AsSpan(0, length)))
            {
                return answer.AsMemory(0, length);
            }
        }
    }

    private static async Task<ReadOnlyMemory<byte>> AskByTcpAsync(Socket socket, DnsQuery query, CancellationToken ct)
    {
        await using NetworkStream stream = new(socket);
        byte[] length = new byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)query.Octets.Length);
        await stream.WriteAsync((byte[])[.. length, .. query.Octets.Span], ct);
        await stream.ReadExactlyAsync(length, ct);
        byte[] answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        await stream.ReadExactlyAsync(answer, ct);
        return query.IsAnsweredBy(answer) ? answer : throw new InvalidDataException("over TCP came the answer to another question");
    }
}
