using System.Net;

namespace Gateway.Relay.Delivery.Dns.Resolver;

/// <summary>Carries one question to one server and its answer back.</summary>
internal interface IDnsTransport
{
    /// <summary>The first message from the server that is an answer to the question.</summary>
    /// <param name="server">The server.</param>
    /// <param name="query">The question.</param>
    /// <param name="byTcp">Over TCP instead of UDP.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <exception cref="System.Net.Sockets.SocketException">The server cannot be reached.</exception>
    /// <exception cref="IOException">The connection ended before the answer.</exception>
    /// <exception cref="InvalidDataException">Over TCP came the answer to something else.</exception>
    /// <exception cref="OperationCanceledException">There was no answer in time.</exception>
    Task<ReadOnlyMemory<byte>> AskAsync(IPEndPoint server, DnsQuery query, bool byTcp, CancellationToken ct);
}
