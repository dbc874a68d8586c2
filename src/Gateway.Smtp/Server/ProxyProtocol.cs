using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Gateway.Smtp.Protocol;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Gateway.Smtp.Server;

/// <summary>Reads in front of a connection who its client really is, where it comes from a proxy of ours.</summary>
/// <remarks>
/// Promises: a connection from one of the networks is served only behind a whole and sound header; from all others no header is
/// read, so that nobody can claim another's address. What stands behind the header stays in the pipe for TLS or the session.
/// Threads: one instance serves all connections of a listener.
/// Source: HAProxy's "The PROXY protocol, versions 1 and 2".
/// </remarks>
/// <param name="networks">The proxies.</param>
public sealed class ProxyProtocol(IReadOnlyList<IPNetwork> networks)
{
    /// <summary>What is said of a connection that ended before anything came.</summary>
    internal const string Probe = "closed without a header";

    private int _waiting;

    /// <summary>True when a connection from this address must begin with a header.</summary>
    public bool Expects(IPAddress remote)
    {
        ArgumentNullException.ThrowIfNull(remote);
        return ClientLimits.IsIn(networks, remote);
    }

    /// <summary>Reads the header of a connection.</summary>
    /// <returns>The header, or why the connection must be dropped without a word.</returns>
    internal async Task<(ProxyHeader Header, string? Fault)> ReadAsync(ConnectionContext connection, SessionLimits limits, TimeProvider time)
    {
        // These are no sessions yet and count as none: their number is bounded here.
        if (Interlocked.Increment(ref _waiting) > limits.Connections)
        {
            Interlocked.Decrement(ref _waiting);
            return (default, "too many connections wait for their header");
        }

        CancellationToken stopping = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        using CancellationTokenSource limit = new(limits.ProxyHeaderTimeout, time);
        await using CancellationTokenRegistration stop = stopping.UnsafeRegister(static s => ((CancellationTokenSource)s!).Cancel(), limit);
        try
        {
            return await ReadAsync(connection.Transport.Input, limit.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return (default, stopping.IsCancellationRequested ? "the gateway stops" : "the header did not come in time");
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private static async Task<(ProxyHeader Header, string? Fault)> ReadAsync(PipeReader input, CancellationToken limit)
    {
        bool began = false;
        while (true)
        {
            ReadResult read;
            try
            {
                read = await input.ReadAsync(limit);
            }
            catch (Exception e) when (SessionPipes.IsFaultOfTransport(e) && !limit.IsCancellationRequested)
            {
                return (default, began ? "header cut short" : Probe);
            }

            began |= !read.Buffer.IsEmpty;
            ProxyReading reading = Look(read.Buffer, out ProxyHeader header, out int length, out string fault);
            switch (reading)
            {
                case ProxyReading.Complete:
                    // What is behind it is not "examined": the next read must see it at once.
                    input.AdvanceTo(read.Buffer.GetPosition(length));
                    return (header, null);
                case ProxyReading.Refused:
                    input.AdvanceTo(read.Buffer.End);
                    return (default, fault);
                default:
                    input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                    if (read.IsCompleted)
                    {
                        return (default, began ? "header cut short" : Probe);
                    }

                    break;
            }
        }
    }

    private static ProxyReading Look(in ReadOnlySequence<byte> buffer, out ProxyHeader header, out int length, out string fault)
    {
        if (buffer.IsSingleSegment)
        {
            return ProxyHeader.Read(buffer.FirstSpan, out header, out length, out fault);
        }

        Span<byte> joined = stackalloc byte[(int)Math.Min(buffer.Length, ProxyHeader.MaxLength)];
        buffer.Slice(0, joined.Length).CopyTo(joined);
        return ProxyHeader.Read(joined, out header, out length, out fault);
    }
}
