using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server;

/// <content>The pipes and the clock: every wait of a session for its client.</content>
internal sealed partial class SmtpSession
{
    /// <summary>How long a client may take for the last replies before the connection is cut.</summary>
    internal static readonly TimeSpan Farewell = TimeSpan.FromSeconds(10);

    // Octets of replies that may wait unsent while pipelined commands are being answered.
    private const int FlushThreshold = 16 * 1024;

    private const long NotWaiting = long.MaxValue;
    private const long Expired = long.MinValue;

    // Timestamp after which the client is overdue; NotWaiting while we are the ones who work. The sweep swaps in Expired, and
    // only if the session still waits for that very time, so it never ends a session whose client came in time.
    private long _deadline = NotWaiting;
    private volatile bool _draining;
    private long _drainDue = NotWaiting;
    private volatile bool _flushing;
    private bool _inData;

    /// <summary>True when the client takes no replies: the connection must be aborted, or it stays until the client goes.</summary>
    public bool MustCut { get; private set; }

    /// <summary>Octets of a message came and its end did not; between two chunks too.</summary>
    private bool IsInMessage => _inData || _phase == SessionPhase.Chunks;

    private SessionEnd Gone => _inData ? SessionEnd.DisconnectedInData : SessionEnd.Disconnected;

    /// <summary>Ends the session at the next command boundary; a message that is being received may come to its end first, if it does so in time.</summary>
    public void Drain()
    {
        Volatile.Write(ref _drainDue, Deadline(Limits.DrainTimeout));
        _draining = true;
        _input.CancelPendingRead();
    }

    /// <summary>Called by the sweep: wakes a session whose client is overdue.</summary>
    public void WakeIfOverdue(long now)
    {
        long due = Volatile.Read(ref _deadline);
        bool flushing = _flushing;
        if (due != Expired && now > due && Interlocked.CompareExchange(ref _deadline, Expired, due) == due)
        {
            // Only the one that waits: under TLS a cancelled flush loses its octets, and the next flush is that of the 421.
            if (flushing)
            {
                _output.CancelPendingFlush();
            }
            else
            {
                _input.CancelPendingRead();
            }
        }
    }

    /// <summary>Waits for input; replies that wait to be sent go out first, unless input is already here.</summary>
    /// <param name="patience">How long the client may be silent.</param>
    /// <param name="latest">The timestamp after which it is too late however much comes.</param>
    /// <returns>Null when the session ended instead; then nothing is left to advance.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult?> ReadAsync(TimeSpan patience, long latest)
    {
        while (IsInMessage || !_draining)
        {
            ReadResult read;
            long waiting = 0;
            bool overdue;
            // Whatever keeps coming, these two end it.
            long hard = Math.Min(latest, _draining ? Volatile.Read(ref _drainDue) : NotWaiting);
            long due = Math.Min(hard, LimitsDue());
            try
            {
                // Begun before the flush: input that is here already is answered first, and all replies go out together.
                ValueTask<ReadResult> pending = _input.ReadAsync();
                if (!pending.IsCompleted)
                {
                    await FlushAsync();
                    waiting = time.GetTimestamp();
                    if (_end is null)
                    {
                        Volatile.Write(ref _deadline, Math.Min(due, Deadline(patience)));
                    }
                    else
                    {
                        _input.CancelPendingRead();
                    }
                }

                read = await pending;
                CountPace(read.Buffer.Length, waiting == 0 ? 0 : time.GetTimestamp() - waiting);
            }
            catch (Exception e) when (IsOfTransport(e))
            {
                End(Gone);
                return null;
            }
            finally
            {
                overdue = Interlocked.Exchange(ref _deadline, NotWaiting) == Expired;
            }

            if (_end is null && !overdue && !read.IsCanceled && !_pace.IsTooSlow && (hard == NotWaiting || time.GetTimestamp() <= hard))
            {
                return read;
            }

            _input.AdvanceTo(read.Buffer.Start);
            if (_end is not null)
            {
                return null;
            }

            if (overdue || !read.IsCanceled)
            {
                (SmtpReply reply, SessionEnd end) = Overdue();
                await LeaveAsync(reply, end);
                return null;
            }

            // Else a drain woke us: it ends a session between commands, and lets a message on its way come to its end.
        }

        await LeaveAsync(Replies.ShuttingDown, SessionEnd.ShuttingDown);
        return null;
    }

    private ValueTask LeaveAsync(SmtpReply reply, SessionEnd end)
    {
        Write(reply);
        End(end);
        return FlushAsync();
    }

    private void Write(SmtpReply reply)
    {
        _notes |= LimitReplies.Meaning(reply);
        if (_inData)
        {
            _record.Content(_dataLength, complete: false);
        }

        _record.Reply(reply);
        _output.Write(reply.Wire.Span);
    }

    /// <summary>Sends what was written, and waits while the client does not take it.</summary>
    /// <remarks>Fails: never by the transport; a client that is gone or takes nothing ends the session.</remarks>
    private async ValueTask FlushAsync()
    {
        try
        {
            ValueTask<FlushResult> pending = _output.FlushAsync();
            if (!pending.IsCompleted)
            {
                _flushing = true;
                Volatile.Write(ref _deadline, Deadline(_end is null ? Limits.CommandTimeout : Farewell));
            }

            FlushResult flushed = await pending;
            _flushing = false;
            if (Interlocked.Exchange(ref _deadline, NotWaiting) == Expired)
            {
                // There is no reply to somebody who reads none.
                End(SessionEnd.TimedOut);
                MustCut = true;
            }
            else if (flushed.IsCompleted)
            {
                End(Gone);
            }
        }
        catch (Exception e) when (IsOfTransport(e))
        {
            Volatile.Write(ref _deadline, NotWaiting);
            End(Gone);
        }
    }

    private long Deadline(TimeSpan patience)
    {
        double ticks = patience.TotalSeconds * time.TimestampFrequency;
        long now = time.GetTimestamp();
        return patience == Timeout.InfiniteTimeSpan || ticks >= NotWaiting - now ? NotWaiting : now + (long)ticks;
    }

    /// <summary>What Kestrel's pipes and TLS throw when the peer is gone or sends what is none; resets and aborts are kinds of these.</summary>
    internal static bool IsOfTransport(Exception e) =>
        e is IOException or OperationCanceledException or SocketException or ObjectDisposedException
            or System.Security.Authentication.AuthenticationException;
}
