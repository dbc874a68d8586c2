using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server;

/// <summary>Every wait of a session for what its client sends.</summary>
/// <remarks>Fails: never by the transport; a client that is gone ends the session. Threads: its session's.</remarks>
internal sealed class ClientInput(
    SessionPipes pipes, SessionClock clock, ReplyWriter replies, SessionOutcome outcome, MessageProgress progress, SessionRecorder record)
{
    /// <summary>Waits for input; replies that wait to be sent go out first, unless input is already here.</summary>
    /// <param name="patience">How long the client may be silent.</param>
    /// <param name="latest">The timestamp after which it is too late however much comes.</param>
    /// <returns>Null when the session ended instead; then nothing is left to advance.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ReadResult?> ReadAsync(TimeSpan patience, long latest)
    {
        while (progress.IsInMessage || !clock.IsDraining)
        {
            ReadResult read;
            long waiting = 0;
            bool overdue;
            // Whatever keeps coming, these two end it.
            long hard = clock.HardLimit(latest);
            long due = Math.Min(hard, clock.LimitsDue());
            try
            {
                // Begun before the flush: input that is here already is answered first, and all replies go out together.
                ValueTask<ReadResult> pending = pipes.Input.ReadAsync();
                if (!pending.IsCompleted)
                {
                    await replies.FlushAsync();
                    waiting = clock.Now;
                    if (outcome.IsOver)
                    {
                        pipes.Input.CancelPendingRead();
                    }
                    else
                    {
                        clock.WaitUntil(Math.Min(due, clock.Deadline(patience)));
                    }
                }

                read = await pending;
                clock.CountPace(read.Buffer.Length, waiting);
            }
            catch (Exception e) when (SessionPipes.IsFaultOfTransport(e))
            {
                outcome.End(progress.Gone);
                return null;
            }
            finally
            {
                overdue = clock.StopWaiting();
            }

            if (!outcome.IsOver && !overdue && !read.IsCanceled && !clock.IsTooSlow && !clock.HasPassed(hard))
            {
                return read;
            }

            pipes.Input.AdvanceTo(read.Buffer.Start);
            if (outcome.IsOver)
            {
                return null;
            }

            if (overdue || !read.IsCanceled)
            {
                (SmtpReply reply, SessionEnd end) = clock.Overdue();
                await replies.LeaveAsync(reply, end);
                return null;
            }

            // Else a drain woke us: it ends a session between commands, and lets a message on its way come to its end.
        }

        await replies.LeaveAsync(Replies.ShuttingDown, SessionEnd.ShuttingDown);
        return null;
    }

    /// <summary>Hears whether the client speaks before the greeting, for as long as strangers are made to wait for it.</summary>
    /// <param name="isStranger">The client is limited, so it is no host of our own networks.</param>
    /// <param name="delay">How long strangers wait.</param>
    /// <returns>The reply that refuses the client, or null.</returns>
    public async ValueTask<SmtpReply?> HearEarlyTalkAsync(bool isStranger, TimeSpan delay)
    {
        ReadResult read;
        try
        {
            // Throws as a read does, when the client has reset the connection before it was looked at.
            if (!pipes.Input.TryRead(out read))
            {
                if (!isStranger || delay <= TimeSpan.Zero)
                {
                    return null;
                }

                ValueTask<ReadResult> pending = pipes.Input.ReadAsync();
                if (!pending.IsCompleted)
                {
                    clock.WaitUntil(clock.Deadline(delay));
                }

                read = await pending;
            }
        }
        catch (Exception e) when (SessionPipes.IsFaultOfTransport(e))
        {
            outcome.End(progress.Gone);
            return null;
        }
        finally
        {
            clock.StopWaiting();
        }

        bool spoke = !read.Buffer.IsEmpty;
        if (spoke)
        {
            RecordEarlyTalk(read.Buffer);
        }

        pipes.Input.AdvanceTo(read.Buffer.Start);
        if (!spoke)
        {
            return null;
        }

        outcome.Notes |= SessionNotes.EarlyTalk;
        // A script of our own networks that pipes a file into the port is impolite and harmless.
        return isStranger ? Replies.NotSynchronized : null;
    }

    /// <summary>True when octets came behind DATA before we said 354: who sends them does not listen, or they are not its own.</summary>
    public bool SpokeBeforeReply()
    {
        ReadResult read;
        try
        {
            if (!pipes.Input.TryRead(out read))
            {
                return false;
            }
        }
        catch (Exception e) when (SessionPipes.IsFaultOfTransport(e))
        {
            outcome.End(progress.Gone);
            return false;
        }

        bool spoke = !read.Buffer.IsEmpty;
        pipes.Input.AdvanceTo(read.Buffer.Start);
        return spoke;
    }

    /// <summary>The first line of what came before the greeting.</summary>
    private void RecordEarlyTalk(in ReadOnlySequence<byte> octets)
    {
        ReadOnlySequence<byte> start = octets.Slice(0, Math.Min(octets.Length, SessionRecorder.LongestText));
        record.Note("before the greeting:");
        record.Command(start.PositionOf((byte)'\n') is SequencePosition lf ? start.Slice(0, start.GetPosition(1, lf)) : start, secret: false);
    }
}
