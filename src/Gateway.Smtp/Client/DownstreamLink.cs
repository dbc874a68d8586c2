using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Transport;

namespace Gateway.Smtp.Client;

/// <summary>The wire to a downstream host: writes octets, reads replies, and turns every way it can break into a value.</summary>
/// <remarks>
/// Promises: the first fault wins and is final; after it every read gives null and every write false. While a write
/// cannot go on, replies are read, so that two sides that both wait for the other to read cannot happen.
/// Fails: never with an exception for what the host or the network does.
/// Threads: one user at a time; <see cref="Fail"/> may come from a timer or a cancellation at any moment.
/// Cost: no allocation per read or write that completes at once; time limits and cancellation close the socket
/// instead of passing tokens, which a connection in the middle of a transaction does not survive anyway.
/// </remarks>
internal sealed partial class DownstreamLink : IDisposable
{
    /// <summary>The most reply octets held while the host makes us wait with writing: two of the longest replies.</summary>
    public const int MaxUnreadOctets = 2 * ReplyParser.MaxReplyOctets;

    private const int InitialUnreadOctets = 4096;
    private const int NoFault = -1;

    private readonly Socket _socket;
    private Stream _stream;
    private readonly Deadline _deadline;
    private readonly RecentReplies _recent = new();
    private byte[] _unread = new byte[InitialUnreadOctets];
    private int _start;
    private int _end;
    private ReplyParser _parser;
    private Task<int>? _pendingFill;
    private Task? _pendingWrite;
    private int _fault = NoFault;

    public DownstreamLink(Socket socket, TimeProvider time)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: false);
        _deadline = new Deadline(time, () => Fail(DeliveryOutcome.TimedOut, null));
    }

    /// <summary>The first fault; null while the link is sound.</summary>
    public DeliveryOutcome? Fault => Volatile.Read(ref _fault) is >= 0 and int fault ? (DeliveryOutcome)fault : null;

    /// <summary>The fault in words, where there is more to say than its name.</summary>
    public string? Detail { get; private set; }

    /// <summary>True when the host sent octets that belong to no command of ours so far.</summary>
    public bool HasUnread => _end > _start;

    /// <summary>True when the host said something, or hung up, while it was our turn; or the link is broken.</summary>
    public bool HasSpoken => HasUnread || _pendingFill is { IsCompleted: true } || Fault is not null;

    /// <summary>True when a buffer given to <see cref="WriteAsync"/> may still be read by the system.</summary>
    public bool IsWritePending => _pendingWrite is { IsCompleted: false };

    /// <summary>True when the connection was silent and open while nobody used it.</summary>
    public bool IsQuiet()
    {
        try
        {
            // Readable while no reply is due: closed, or a farewell such as 421.
            return Fault is null && !HasUnread && _pendingFill is null && !_socket.Poll(0, SelectMode.SelectRead);
        }
        catch (Exception e) when (IsLinkFailure(e))
        {
            return false;
        }
    }

    /// <summary>Records the first fault and closes the socket, which ends whatever waits on it.</summary>
    public void Fail(DeliveryOutcome fault, string? detail)
    {
        if (Interlocked.CompareExchange(ref _fault, (int)fault, NoFault) == NoFault)
        {
            Detail = detail;
            _socket.Dispose();
        }
    }

    /// <summary>Takes the time limit away; the link waits for nothing.</summary>
    public void Rest() => _deadline.Disarm();

    /// <summary>Reads one reply.</summary>
    /// <param name="limit">The time from now to its end.</param>
    /// <returns>Null when the link is broken; <see cref="Fault"/> says how.</returns>
    public ValueTask<SmtpReply?> ReadReplyAsync(TimeSpan limit) =>
        TryTakeReply(out SmtpReply? reply) ? new ValueTask<SmtpReply?>(reply) : WaitForReplyAsync(limit);

    /// <summary>Writes all octets, reading replies meanwhile when the host does not take them at once.</summary>
    /// <param name="octets">At most 64 KiB, so that the limit means progress.</param>
    /// <param name="limit">The time from now for all of them.</param>
    /// <param name="stopAtInput">Stop when the host says anything, or has said something since the last command.</param>
    /// <returns>False when the link is broken or the host spoke early; read a reply to learn which.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> octets, TimeSpan limit, bool stopAtInput)
    {
        if (Fault is not null || (stopAtInput && HasSpoken))
        {
            return false;
        }

        _deadline.Arm(limit);
        try
        {
            ValueTask write = _stream.WriteAsync(octets);
            if (!write.IsCompleted)
            {
                return await WriteSlowlyAsync(write.AsTask(), stopAtInput);
            }

            await write;
            return true;
        }
        catch (Exception e) when (IsLinkFailure(e))
        {
            // What the host said before it hung up can still be read, and so is the fault.
            return false;
        }
    }

    /// <summary>Starts reading ahead, so that a word from the host in the middle of a long message is seen at once.</summary>
    public void WatchInput()
    {
        if (_pendingFill is null && Fault is null && MakeRoom())
        {
            try
            {
                _pendingFill = _stream.ReadAsync(_unread.AsMemory(_end)).AsTask();
            }
            catch (Exception e) when (IsLinkFailure(e))
            {
                Fail(DeliveryOutcome.Disconnected, e.Message);
            }
        }
    }

    /// <summary>Says QUIT without waiting for the answer and closes.</summary>
    public void Quit()
    {
        if (Fault is null)
        {
            try
            {
                // Room in the send buffer is certain on an idle connection; if there is none, closing says enough.
                _socket.Blocking = false;
                if (_stream is SslStream tls)
                {
                    QuitEncrypted(tls);
                }
                else
                {
                    _socket.Send("QUIT\r\n"u8, SocketFlags.None, out _);
                }

                _socket.Shutdown(SocketShutdown.Send);
            }
            catch (Exception e) when (IsLinkFailure(e))
            {
                Detail ??= e.Message;
            }
        }

        Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _deadline.Dispose();
        Fail(DeliveryOutcome.Interrupted, null);
        _stream.Dispose();
        if (_pendingFill is { } fill)
        {
            Ignore(fill);
        }
    }

    // Nobody waits for it any more, and how it fails is of no interest.
    private static void Ignore(Task task) => _ = task.ContinueWith(
        static t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    private static bool IsLinkFailure(Exception e) => e is IOException or SocketException or ObjectDisposedException;

    private bool TryTakeReply(out SmtpReply? reply)
    {
        reply = null;
        if (_end > _start)
        {
            ReadOnlySpan<byte> unread = _unread.AsSpan(_start, _end - _start);
            switch (_parser.Scan(unread, out int length))
            {
                case ReplyScan.Complete:
                    reply = _recent.Get(unread[..length]);
                    _start = _start + length == _end && _pendingFill is null ? _end = 0 : _start + length;
                    return true;
                case ReplyScan.Malformed:
                    Fail(DeliveryOutcome.ProtocolError, "not a valid SMTP reply, or too long a one");
                    return true;
                default:
                    break;
            }
        }

        return Fault is not null;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SmtpReply?> WaitForReplyAsync(TimeSpan limit)
    {
        _deadline.Arm(limit);
        SmtpReply? reply;
        do
        {
            if (!await FillAsync())
            {
                return null;
            }
        }
        while (!TryTakeReply(out reply));

        return reply;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> WriteSlowlyAsync(Task write, bool stopAtInput)
    {
        _pendingWrite = write;
        while (!write.IsCompleted)
        {
            WatchInput();
            if (_pendingFill is not { } fill)
            {
                break;
            }

            if (await Task.WhenAny(write, fill) == fill && (!await FillAsync() || stopAtInput))
            {
                break;
            }
        }

        if (!write.IsCompleted)
        {
            // Left behind: the caller closes the link, which ends it.
            Ignore(write);
            return false;
        }

        _pendingWrite = null;
        return write.IsCompletedSuccessfully;
    }

    // One read from the host into the unread octets. False on a fault.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> FillAsync()
    {
        if (_pendingFill is null && (Fault is not null || !MakeRoom()))
        {
            return false;
        }

        int count;
        try
        {
            if (_pendingFill is { } fill)
            {
                count = await fill;
            }
            else
            {
                count = await _stream.ReadAsync(_unread.AsMemory(_end));
            }
        }
        catch (Exception e) when (IsLinkFailure(e))
        {
            bool silent = e.InnerException is SocketException { SocketErrorCode: SocketError.TimedOut };
            Fail(silent ? DeliveryOutcome.TimedOut : DeliveryOutcome.Disconnected, e.InnerException?.Message ?? e.Message);
            return false;
        }
        finally
        {
            _pendingFill = null;
        }

        if (count == 0)
        {
            Fail(DeliveryOutcome.Disconnected, "the host closed the connection");
            return false;
        }

        _end += count;
        return true;
    }

    private bool MakeRoom()
    {
        if (_start > 0)
        {
            _unread.AsSpan(_start, _end - _start).CopyTo(_unread);
            _end -= _start;
            _start = 0;
        }

        if (_end == _unread.Length)
        {
            if (_end >= MaxUnreadOctets)
            {
                Fail(DeliveryOutcome.ProtocolError, "the host sends more than it is asked for");
                return false;
            }

            Array.Resize(ref _unread, _end * 2);
        }
        else if (_end == 0 && _unread.Length > InitialUnreadOctets)
        {
            _unread = new byte[InitialUnreadOctets];
        }

        return true;
    }
}
