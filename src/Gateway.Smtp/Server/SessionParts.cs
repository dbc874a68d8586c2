using System.IO.Pipelines;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server;

/// <summary>What every session is made of, whoever reads its commands: the connection, the clock, the replies, the bounds, the record.</summary>
/// <remarks>Threads: its session's; <see cref="Clock"/> says what may come from others.</remarks>
internal sealed class SessionParts : ISession
{
    /// <summary>Makes the parts of a new session.</summary>
    public SessionParts(IDuplexPipe transport, SmtpPeer peer, ISmtpReceiver receiver, Greetings greetings, TimeProvider time)
    {
        Peer = peer;
        Receiver = receiver;
        Greetings = greetings;
        Time = time;
        Record = peer.Recorder = new SessionRecorder(time);
        Pipes = new SessionPipes(transport);
        Outcome = new SessionOutcome(time);
        Clock = new SessionClock(Pipes, Progress, Limits, time);
        Replies = new ReplyWriter(Pipes, Clock, Outcome, Progress, Record, Limits);
        Input = new ClientInput(Pipes, Clock, Replies, Outcome, Progress, Record);
        Bounds = new CommandBounds(peer, greetings, Outcome);
        Tls = new SessionTls(this);
    }

    /// <summary>The client.</summary>
    public SmtpPeer Peer { get; }

    /// <summary>What takes the mail.</summary>
    public ISmtpReceiver Receiver { get; }

    /// <summary>The replies that name the server, and the profile of the session.</summary>
    public Greetings Greetings { get; }

    /// <summary>The clock of the process.</summary>
    public TimeProvider Time { get; }

    /// <summary>What is written down of the conversation, in case it ends badly or its mail is quarantined.</summary>
    public SessionRecorder Record { get; }

    /// <summary>The connection.</summary>
    public SessionPipes Pipes { get; }

    /// <summary>The deadlines.</summary>
    public SessionClock Clock { get; }

    /// <summary>What goes to the client.</summary>
    public ReplyWriter Replies { get; }

    /// <summary>What comes from the client.</summary>
    public ClientInput Input { get; }

    /// <summary>What comes of the session.</summary>
    public SessionOutcome Outcome { get; }

    /// <summary>The message under way.</summary>
    public MessageProgress Progress { get; } = new();

    /// <summary>Rates and counts.</summary>
    public CommandBounds Bounds { get; }

    /// <summary>The encryption.</summary>
    public SessionTls Tls { get; }

    /// <summary>The bounds of the profile.</summary>
    public SessionLimits Limits => Greetings.Profile.Limits;

    /// <summary>True for a client of a network that may leave the grammar where the meaning is plain.</summary>
    public bool IsLenient => Greetings.Profile.IsLenient(Peer.Remote.Address);

    /// <inheritdoc/>
    public ClientAccount? Account
    {
        get => Bounds.Account;
        set => Bounds.Account = value;
    }

    /// <inheritdoc/>
    public SessionRegistry? Registry
    {
        get => Bounds.Registry;
        set => Bounds.Registry = value;
    }

    /// <inheritdoc/>
    public void WakeIfOverdue(long now) => Clock.WakeIfOverdue(now);

    /// <inheritdoc/>
    public void Drain() => Clock.Drain();

    /// <summary>Writes down a command line.</summary>
    public void RecordLine(in TakenLine line, bool isSecret)
    {
        if (line.Length > Limits.CommandLineBytes)
        {
            // Of a line that was skipped in part, the rest may be the end of a secret whose begin nobody has seen.
            Record.Overlong(line.Length);
        }
        else
        {
            Record.Command(line.Octets, isSecret);
        }
    }

    /// <summary>Counts a command and answers it; DATA, which may bring its content now, is answered by who reads that.</summary>
    public void Settle(in Step step, SmtpVerb verb)
    {
        if (step.Kind == StepKind.Close)
        {
            Outcome.End(step.End);
        }

        // AUTH that goes on counts once, with its end.
        SmtpReply reply = step.Kind == StepKind.Challenge ? step.Answer! : Bounds.Count(verb, step.Answer!);
        if (step.Kind != StepKind.Receive)
        {
            Replies.Answer(reply);
        }
    }

    /// <summary>A line is longer than what is kept of any: the session ends.</summary>
    /// <param name="octets">As many as were skipped.</param>
    public void EndOverlong(long octets)
    {
        Record.Overlong(octets);
        Replies.Answer(Protocol.Replies.LineTooLong);
        Outcome.End(SessionEnd.ProtocolViolation);
    }

    /// <summary>The reply that refuses the name in HELO or EHLO, or null.</summary>
    public SmtpReply? RefuseHello(ReadOnlySpan<byte> name) =>
        HelloName.IsSound(name) || (IsLenient && HelloName.IsSoundLenient(name)) ? null : Protocol.Replies.BadHello;

    /// <summary>The client has named itself.</summary>
    public SmtpReply TakeHello(in CommandLine command)
    {
        Peer.Hello = System.Text.Encoding.UTF8.GetString(command.Argument);
        Peer.IsExtended = command.Verb == SmtpVerb.Ehlo;
        return Peer.IsExtended ? Greetings.EhloFor(Peer) : Greetings.Helo;
    }

    /// <summary>The client must name itself again.</summary>
    public void ForgetHello()
    {
        Peer.Hello = string.Empty;
        Peer.IsExtended = false;
    }

    /// <summary>Greets, holds the conversation, ends it.</summary>
    /// <param name="talk">Reads commands to the end of the session.</param>
    /// <param name="gone">
    /// Cancelled when the connection is broken in both directions. A client that only closed its sending half (a script that
    /// ends its input) still waits for its reply and must not cancel anything.
    /// </param>
    /// <remarks>Fails: never; an exception of the receiver becomes 421 4.3.0 and ends only this session.</remarks>
    [CatchesAll("a fault of ours costs this session and nothing else: it is told, answered 421 and logged")]
    public async Task RunAsync(Func<CancellationToken, Task> talk, CancellationToken gone)
    {
        try
        {
            await GreetAsync(gone);
            if (!Outcome.IsOver)
            {
                await talk(gone);
            }
        }
        catch (OperationCanceledException) when (gone.IsCancellationRequested)
        {
            Outcome.End(SessionEnd.Disconnected);
        }
        catch (Exception e)
        {
            // A fault of ours costs this session and nothing else.
            // Faults of the transport never come here, so an IOException is the receiver's disk and not the client.
            await FailAsync(e);
        }
        finally
        {
            Receiver.Reset();
            Close();
        }
    }

    /// <summary>Answers a connection that will not be served.</summary>
    public async Task RefuseAsync(SmtpReply reply)
    {
        Outcome.End(SessionEnd.Refused);
        if (Tls.Mode is not TlsMode.Implicit)
        {
            // There, a reply in clear would be noise, and a handshake is what a server that is full cannot afford.
            Replies.Write(reply);
            await Replies.FlushAsync();
        }

        Outcome.Notes |= LimitReplies.Meaning(reply);
        Close();
    }

    /// <summary>The greeting, or the reply that refuses the client instead; what the client said before it is heard first.</summary>
    private async ValueTask GreetAsync(CancellationToken gone)
    {
        SmtpReply? refusal = Receiver.Greet();
        if (Tls.Mode is TlsMode.Implicit && !await Tls.UpgradeAsync(gone))
        {
            return;
        }

        Clock.BeginSession();
        refusal ??= await Input.HearEarlyTalkAsync(isStranger: Bounds.Account is not null, Limits.GreetingDelay);
        Replies.Write(refusal ?? Greetings.Greeting);
        if (refusal is not null)
        {
            Outcome.End(SessionEnd.Refused);
        }

        await Replies.FlushAsync();
    }

    /// <summary>A fault of ours: it costs this session and nothing else.</summary>
    public async ValueTask FailAsync(Exception fault)
    {
        Outcome.Fail(fault);
        if (!Tls.HasFailed)
        {
            Replies.Write(Protocol.Replies.InternalFault);
            await Replies.FlushAsync();
        }
    }

    /// <summary>Tells the receiver that the session is over.</summary>
    private void Close()
    {
        Receiver.Closed(Outcome.Summary());
        Record.Release();
    }
}
