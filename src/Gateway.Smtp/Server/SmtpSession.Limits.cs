using System.IO.Pipelines;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server;

/// <content>The bounds of a session, and what is written down about it.</content>
internal sealed partial class SmtpSession
{
    private readonly CommandTally _tally = new();
    private SessionNotes _notes;
    private SmtpVerb _verb;
    private Pace _pace;
    private int _junk;
    private int _messagesAtJunk;

    // When the session must be over, and when the message under way is too slow.
    private long _sessionDue = NotWaiting;
    private long _paceDue = NotWaiting;

    // When the message under way must be over; counts while there is one.
    private long _messageDue = NotWaiting;

    /// <summary>What the client has taken of its limits; null for a client that is not limited.</summary>
    public ClientAccount? Account { get; set; }

    /// <summary>Hears whether the client speaks before the greeting, for as long as strangers are made to wait for it.</summary>
    /// <returns>The reply that refuses the client, or null.</returns>
    private async ValueTask<SmtpReply?> HearEarlyTalkAsync()
    {
        _sessionDue = Deadline(Limits.SessionTimeout);
        ReadResult read;
        try
        {
            // Throws as a read does, when the client has reset the connection before it was looked at.
            if (!_input.TryRead(out read))
            {
                if (Account is null || Limits.GreetingDelay <= TimeSpan.Zero)
                {
                    return null;
                }

                ValueTask<ReadResult> pending = _input.ReadAsync();
                if (!pending.IsCompleted)
                {
                    Volatile.Write(ref _deadline, Deadline(Limits.GreetingDelay));
                }

                read = await pending;
            }
        }
        catch (Exception e) when (IsOfTransport(e))
        {
            End(Gone);
            return null;
        }
        finally
        {
            Interlocked.Exchange(ref _deadline, NotWaiting);
        }

        bool spoke = !read.Buffer.IsEmpty;
        if (spoke)
        {
            RecordEarlyTalk(read.Buffer);
        }

        _input.AdvanceTo(read.Buffer.Start);
        if (!spoke)
        {
            return null;
        }

        _notes |= SessionNotes.EarlyTalk;
        // A script of our own networks that pipes a file into the port is impolite and harmless.
        return Account is null ? null : Replies.NotSynchronized;
    }

    /// <summary>True when octets came behind DATA before we said 354: who sends them does not listen, or they are not its own.</summary>
    private bool SpokeBeforeReply()
    {
        ReadResult read;
        try
        {
            if (!_input.TryRead(out read))
            {
                return false;
            }
        }
        catch (Exception e) when (IsOfTransport(e))
        {
            End(Gone);
            return false;
        }

        bool spoke = !read.Buffer.IsEmpty;
        _input.AdvanceTo(read.Buffer.Start);
        return spoke;
    }

    /// <summary>Counts a command that was carried out; the reply may become another when there were too many of its kind.</summary>
    private SmtpReply Count(SmtpReply reply)
    {
        if (reply.Code == 334)
        {
            // AUTH goes on; it counts once, with its end.
            return reply;
        }

        _tally.Count(_verb, reply.Code < 400);
        if (_messages != _messagesAtJunk)
        {
            _messagesAtJunk = _messages;
            _junk = 0;
        }

        if (!IsJunk(_verb) || ++_junk <= Limits.JunkCommands)
        {
            return reply;
        }

        End(SessionEnd.TooManyErrors);
        return LimitReplies.JunkCommands;
    }

    private SmtpReply? OverRate(SmtpVerb verb) => Account?.Refuse(verb, greetings.Profile.Clients)
        ?? (verb == SmtpVerb.Mail && peer.AuthenticatedUser is string login ? Registry?.RefuseLogin(login, greetings.Profile.Clients) : null);

    /// <summary>The timestamp up to which the client may be silent because of what it sent so far.</summary>
    private long LimitsDue()
    {
        if (!_inData)
        {
            _pace = default;
            _paceDue = NotWaiting;
            return _sessionDue;
        }

        long patience = _pace.Patience(Limits.MinimumRate, PacePeriod, time.TimestampFrequency);
        long now = time.GetTimestamp();
        return _paceDue = patience >= NotWaiting - now ? NotWaiting : now + patience;
    }

    private void CountPace(long octets, long waited) =>
        _pace.Count(octets, waited, Limits.MinimumRate, PacePeriod, time.TimestampFrequency);

    /// <summary>What to say to a client whose time is over.</summary>
    private (SmtpReply Reply, SessionEnd End) Overdue()
    {
        long now = time.GetTimestamp();
        return _draining && now >= Volatile.Read(ref _drainDue) ? (Replies.ShuttingDown, SessionEnd.ShuttingDown)
            : _inData && (_pace.IsTooSlow || now >= _paceDue) ? (LimitReplies.TooSlow, SessionEnd.TooSlow)
            : IsInMessage && now >= _messageDue ? (LimitReplies.MessageTimeout, SessionEnd.TimedOut)
            : !_inData && now >= _sessionDue ? (LimitReplies.SessionTooLong, SessionEnd.TimedOut)
            : (Replies.TimedOut, SessionEnd.TimedOut);
    }

    private SessionSummary Summary() =>
        new(_end ?? SessionEnd.Disconnected, _commands, _errors, _messages, time.GetElapsedTime(_started), _fault)
        {
            Notes = _notes,
            Tally = _tally.ToString(),
        };

    private long PacePeriod => (long)(Limits.MinimumRatePeriod.TotalSeconds * time.TimestampFrequency);

    /// <summary>Commands that bring no mail nearer (RFC 5321 section 7.8 leaves their number to us).</summary>
    private static bool IsJunk(SmtpVerb verb) =>
        verb is SmtpVerb.Noop or SmtpVerb.Rset or SmtpVerb.Vrfy or SmtpVerb.Expn or SmtpVerb.Help or SmtpVerb.Helo or SmtpVerb.Ehlo;
}
