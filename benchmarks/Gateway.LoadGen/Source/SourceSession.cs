using System.Diagnostics;
using System.Net;
using System.Net.Security;
using Gateway.LoadGen.Account;
using Gateway.LoadGen.Mail;
using Gateway.LoadGen.Net;

namespace Gateway.LoadGen.Source;

/// <summary>One SMTP client: a connection at a time, a message at a time.</summary>
/// <remarks>
/// Pipelining as RFC 2920 allows it: MAIL, RCPT and DATA in one group, content behind 354; with BDAT all of it at once. Without it, and when
/// the target does not offer it, one command at a time. Threads: the loop's own.
/// </remarks>
internal sealed partial class SourceSession(EventLoop loop, SourceLane lane) : Connection(loop)
{
    private const long PauseAfterFailure = 100_000_000;

    private readonly SocketAddress _target = lane.Plan.Source.Target.Serialize();
    private Step _step = Step.Closed;
    private MessageTemplate? _message;
    private LoadId _id;
    private long _intended;
    private long _mailWritten;
    private int _messages;
    private bool _offersPipelining;
    private bool _offersChunking;
    private bool _offersSize;
    private bool _finishing;

    private enum Step
    {
        Closed,
        Greeting,
        Hello,
        StartTls,
        Securing,
        Idle,
        Mail,
        Recipient,
        Data,
        Content,
        Reset,
        Quit,
    }

    private LanePlan Plan => lane.Plan;

    private bool Pipelined => Plan.Source.Pipelining && _offersPipelining;

    /// <summary>Sends a message; the lane hears when it is settled.</summary>
    public void Begin(MessageTemplate message, long intended)
    {
        _message = message;
        _intended = intended;
        _id = message.Name(Plan.Ledger.Run, Plan.Ledger.Begin(message), intended, Plan.Ledger.ComparesBody);
        Plan.Meter.CountSent();
        if (IsOpen && _step == Step.Idle)
        {
            WriteMail();
        }
        else if (!IsOpen)
        {
            Connect();
        }
    }

    /// <summary>Ends the connection in order, where there is one.</summary>
    public void Finish()
    {
        _finishing = true;
        if (IsOpen)
        {
            Leave();
        }
    }

    /// <summary>Ends now.</summary>
    public void Abandon()
    {
        Close();
        if (_message is not null)
        {
            Settle(Settlement.Unanswered, 0);
        }
    }

    /// <inheritdoc/>
    protected override void OnConnected()
    {
        _step = Step.Greeting;
        if (Plan.Source.Tls == TlsMode.Implicit)
        {
            Secure(ClientOptions(), server: null);
        }
    }

    /// <inheritdoc/>
    protected override void OnSecured(string? failure)
    {
        if (failure is not null)
        {
            Close();
            Fail(0, $"TLS: {failure}");
        }
        else if (_step == Step.Securing)
        {
            Hello();
        }
    }

    /// <inheritdoc/>
    protected override void OnClosed(string why)
    {
        Step step = _step;
        _step = Step.Closed;
        if (_message is not null)
        {
            // A target that closes instead of taking connections would be asked thousands of times a second.
            Fail(0, why, pause: step < Step.Idle);
        }
        else if (step is Step.Quit or Step.Reset)
        {
            Ended();
        }
    }

    /// <inheritdoc/>
    protected override int OnReceived(ReadOnlySpan<byte> octets)
    {
        int at = 0;
        while (IsOpen)
        {
            int length = octets[at..].IndexOf((byte)'\n');
            if (length < 0)
            {
                break;
            }

            ReadOnlySpan<byte> line = octets.Slice(at, length + 1);
            at += length + 1;
            OnLine(line);
        }

        return IsOpen ? at : octets.Length;
    }

    private static SslClientAuthenticationOptions ClientOptions() => new()
    {
        TargetHost = "loadgen.example",
        // Self-made certificates are what test systems have; this program protects nothing.
#pragma warning disable CA5359
        RemoteCertificateValidationCallback = (_, _, _, _) => true,
#pragma warning restore CA5359
    };

    private void Connect()
    {
        _messages = 0;
        int descriptor = Libc.Socket(Plan.Source.Target.AddressFamily);
        int error = Libc.Connect(descriptor, _target);
        if (error is not 0 and not Libc.InProgress)
        {
            Libc.Close(descriptor);
            Fail(0, $"connect: {Libc.Text(error)}", pause: true);
            return;
        }

        Plan.Meter.CountConnection();
        Open(descriptor, connecting: true, hearsFirst: Plan.Source.Tls != TlsMode.Implicit);
    }

    private void Hello()
    {
        _offersPipelining = _offersChunking = _offersSize = false;
        _step = Step.Hello;
        Send("EHLO loadgen.example\r\n"u8);
    }

    // The message did not get through; nobody but the target knows whether it took it.
    private void Fail(int code, string text, bool pause = false)
    {
        if (code > 0)
        {
            Plan.Meter.CountRefusal(code, _id.IsHostile, text);
        }
        else
        {
            Plan.Meter.CountRefusal(0, _id.IsHostile, $"no reply: {text}");
        }

        Settle(code > 0 ? Settlement.Refused : Settlement.Unanswered, 0);
        if (pause)
        {
            Loop.At(Stopwatch.GetTimestamp() + PauseAfterFailure, () => lane.OnIdle(this));
        }
        else
        {
            lane.OnIdle(this);
        }
    }

    private void Settle(Settlement settlement, int recipients)
    {
        long now = Stopwatch.GetTimestamp();
        Plan.Ledger.Settle(_id.Sequence, settlement, recipients);
        if (settlement == Settlement.Accepted)
        {
            int kind = _id.IsHostile ? 1 : 0;
            Plan.Meter.Accept[kind].Record(Plan.Schedule.IsOpenLoop ? _intended : _mailWritten, now);
            Plan.Meter.Service[kind].Record(_mailWritten, now);
        }

        Plan.Meter.CountSettled(settlement == Settlement.Accepted, now);
        _message = null;
    }

    private void Settled()
    {
        _messages++;
        if (Plan.Source.Reuse > 0 && _messages >= Plan.Source.Reuse)
        {
            Leave();
        }
        else
        {
            _step = Step.Idle;
            lane.OnIdle(this);
        }
    }

    private void Leave()
    {
        _step = Step.Quit;
        Send("QUIT\r\n"u8);
    }

    private void Ended()
    {
        _step = Step.Closed;
        if (!_finishing)
        {
            lane.OnIdle(this);
        }
    }
}
