using System.Buffers;
using System.IO.Pipelines;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server;

/// <summary>Writes the replies of a session: records them, counts the errors, sends them.</summary>
/// <remarks>
/// Replies to pipelined commands are written together and flushed before the session waits for more input, never one by one: with one
/// flush a reply, a pipelining client waits for Nagle and delayed acknowledgement, 44 ms a message.
/// Threads: its session's. Source: RFC 2920 section 3.2.
/// </remarks>
internal sealed class ReplyWriter(
    SessionPipes pipes, SessionClock clock, SessionOutcome outcome, MessageProgress progress, SessionRecorder record, SessionLimits limits)
{
    /// <summary>How long a client may take for the last replies before the connection is cut.</summary>
    public static readonly TimeSpan Farewell = TimeSpan.FromSeconds(10);

    // Octets of replies that may wait unsent while pipelined commands are being answered.
    private const int FlushThreshold = 16 * 1024;

    /// <summary>True when the client takes no replies: the connection must be aborted, or it stays until the client goes.</summary>
    public bool MustCut { get; private set; }

    /// <summary>True when so much waits to be sent that the session must wait until the client takes it.</summary>
    /// <remarks>A megabyte of pipelined HELP asks for twenty megabytes of replies.</remarks>
    public bool IsFull => pipes.Output.UnflushedBytes >= FlushThreshold;

    /// <summary>Writes a reply and keeps the count of errors.</summary>
    public void Answer(SmtpReply reply)
    {
        Write(reply);
        if (reply.IsPermanent && ++outcome.Errors >= limits.Errors && !outcome.IsOver)
        {
            Write(Replies.TooManyErrors);
            outcome.End(SessionEnd.TooManyErrors);
        }

        if (reply.Code == 421)
        {
            outcome.End(SessionEnd.Refused);
        }
    }

    /// <summary>Writes a reply that is no answer to a command.</summary>
    public void Write(SmtpReply reply)
    {
        outcome.Notes |= LimitReplies.Meaning(reply);
        if (progress.IsInContent)
        {
            record.Content(progress.Length, complete: false);
        }

        record.Reply(reply);
        pipes.Output.Write(reply.Wire.Span);
    }

    /// <summary>Says why the session ends, and ends it.</summary>
    public ValueTask LeaveAsync(SmtpReply reply, SessionEnd end)
    {
        Write(reply);
        outcome.End(end);
        return FlushAsync();
    }

    /// <summary>Sends what was written, and waits while the client does not take it.</summary>
    /// <remarks>Fails: never by the transport; a client that is gone or takes nothing ends the session.</remarks>
    public async ValueTask FlushAsync()
    {
        try
        {
            ValueTask<FlushResult> pending = pipes.Output.FlushAsync();
            if (!pending.IsCompleted)
            {
                clock.WaitForFlush(outcome.IsOver ? Farewell : limits.CommandTimeout);
            }

            FlushResult flushed = await pending;
            if (clock.StopFlush())
            {
                // There is no reply to somebody who reads none.
                outcome.End(SessionEnd.TimedOut);
                MustCut = true;
            }
            else if (flushed.IsCompleted)
            {
                outcome.End(progress.Gone);
            }
        }
        catch (Exception e) when (SessionPipes.IsFaultOfTransport(e))
        {
            clock.StopFlush();
            outcome.End(progress.Gone);
        }
    }
}
