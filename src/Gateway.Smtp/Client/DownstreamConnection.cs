using System.Buffers;
using System.Net;

namespace Gateway.Smtp.Client;

/// <summary>One SMTP connection to a downstream host, past EHLO: sends messages one after the other.</summary>
/// <remarks>
/// Promises: the host gets the octets of trace and content as they are; every recipient gets an outcome; two round
/// trips a message where the host offers PIPELINING.
/// Fails: never with an exception for what the host or the network does; see <see cref="DeliveryOutcome"/>.
/// Threads: one message at a time.
/// Source: RFC 5321, RFC 2920 (pipelining), RFC 1870 (SIZE), RFC 6152 (8BITMIME), RFC 6531 (SMTPUTF8), RFC 3461 (DSN).
/// </remarks>
public sealed class DownstreamConnection : IAsyncDisposable
{
    private readonly DownstreamLink _link;
    private readonly DownstreamOptions _options;
    private readonly TimeProvider _time;
    private readonly long _opened;
    private bool _resetDue;
    private bool _closing;
    private int _busy;

    internal DownstreamConnection(
        DownstreamLink link, DownstreamHost host, IPEndPoint remote, Capabilities capabilities,
        DownstreamOptions options, TimeProvider time, TimeSpan connectTime)
    {
        _link = link;
        _options = options;
        _time = time;
        _opened = time.GetTimestamp();
        Host = host;
        Remote = remote;
        Capabilities = capabilities;
        ConnectTime = connectTime;
    }

    /// <summary>The host this connection leads to.</summary>
    public DownstreamHost Host { get; }

    /// <summary>The address it is connected to.</summary>
    public IPEndPoint Remote { get; }

    /// <summary>What the host offers.</summary>
    public Capabilities Capabilities { get; }

    /// <summary>The TLS version and cipher and whether the certificate was good, for logs; null in clear.</summary>
    public string? Tls { get; internal init; }

    /// <summary>Why it is in clear although the host offers STARTTLS; null otherwise.</summary>
    public string? InClearBecause { get; internal set; }

    /// <summary>Which file of the route could not be used, so that the connection is encrypted without it; null otherwise.</summary>
    public string? OwnFault { get; internal init; }

    /// <summary>AUTH mechanisms that the host refused before another one let us in, with its replies; null when the first one did.</summary>
    public string? PassedMechanisms { get; internal init; }

    /// <summary>From the name look-up to the end of EHLO, or of AUTH.</summary>
    public TimeSpan ConnectTime { get; }

    /// <summary>Messages sent so far, whatever came of them.</summary>
    public int Uses { get; private set; }

    /// <summary>True when another message may be sent: sound, in step, not worn out by count or age.</summary>
    public bool CanReuse => !_closing && _link.Fault is null && !_link.HasUnread && Uses < _options.MaxMessagesPerConnection
        && _time.GetElapsedTime(_opened) < _options.MaxAge;

    /// <summary>Connects to a host, tries each of its addresses, reads the greeting and says EHLO, or HELO where EHLO is unknown.</summary>
    public static Task<ConnectResult> ConnectAsync(
        DownstreamHost host, DownstreamOptions options, TimeProvider time, CancellationToken ct) =>
        new Connector(host, options, time).ConnectAsync(ct);

    /// <summary>Sends one message and waits for its outcomes.</summary>
    /// <param name="message">The message; its content is read only after the host's 354.</param>
    /// <param name="ct">Ends the attempt: outcome <see cref="DeliveryOutcome.Interrupted"/>, the connection is lost.</param>
    /// <exception cref="ArgumentException">The envelope has a control character or no recipient: a bug in the caller.</exception>
    /// <exception cref="InvalidOperationException">Another message is being sent: a bug in the caller.</exception>
    [Excused("GW0006", "a write that was left behind may still read the buffer, which then goes to the collector and not to others")]
    public async Task<DeliveryReport> SendAsync(OutboundMessage message, CancellationToken ct)
    {
        Envelope.Check(message);
        if (Interlocked.Exchange(ref _busy, 1) != 0)
        {
            throw new InvalidOperationException("The connection is sending another message.");
        }

        long start = _time.GetTimestamp();
        Uses++;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Transaction.BufferOctets);
        CancellationTokenRegistration stop = ct.UnsafeRegister(
            static link => ((DownstreamLink)link!).Fail(DeliveryOutcome.Interrupted, null), _link);
        bool complete = false;
        try
        {
            Transaction transaction = new(_link, Capabilities, _options, message, _time);
            RecipientOutcome[] outcomes = await transaction.RunAsync(buffer, _resetDue);
            _resetDue = transaction.LeavesOpen;
            _closing |= transaction.IsClosing;
            complete = true;
            DeliveryReport report = Report(transaction, outcomes, start);
            _closing |= report.SessionFailed;
            return report;
        }
        finally
        {
            await stop.DisposeAsync();
            _link.Rest();
            if (!complete)
            {
                // The content's stream threw: the host must not take what it has for the whole message.
                _link.Fail(DeliveryOutcome.ContentUnavailable, null);
            }

            // A write that was left behind may still read the buffer: then it is not for others.
            if (!_link.IsWritePending)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }

            Volatile.Write(ref _busy, 0);
        }
    }

    /// <summary>Says QUIT where that makes sense, waits for nothing, and closes.</summary>
    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    // The same for those who cannot await: there is nothing to wait for.
    internal void Close() => _link.Quit();

    // For the pool: an idle connection on which the host spoke or hung up is of no use.
    internal bool IsQuiet() => _link.IsQuiet();

    private bool SessionFailed(RecipientOutcome[] outcomes)
    {
        bool failed = false;
        foreach (RecipientOutcome outcome in outcomes)
        {
            if (outcome.Outcome == DeliveryOutcome.Delivered)
            {
                return false;
            }

            failed |= FailureTable.ScopeOf(new Failure(outcome.Step, outcome.Outcome, outcome.Reply, IsReused: true, InClearBecause is not null))
                == FailureScope.Session;
        }

        return failed;
    }

    private DeliveryReport Report(Transaction transaction, RecipientOutcome[] outcomes, long start)
    {
        DeliveryOutcome? fault = _link.Fault;
        return new DeliveryReport
        {
            Recipients = outcomes,
            Reached = transaction.Reached,
            Host = Host,
            Remote = Remote,
            Tls = Tls,
            InClearBecause = InClearBecause,
            OwnFault = OwnFault,
            PassedMechanisms = PassedMechanisms,
            OffersDsn = Capabilities.Offers(Extensions.Dsn),
            ConnectionUse = Uses,
            ConnectTime = Uses == 1 ? ConnectTime : TimeSpan.Zero,
            TransmissionTime = _time.GetElapsedTime(start),
            Steps = transaction.Times,
            Detail = transaction.Detail ?? (fault is null ? null : _link.Detail),
            MayHaveArrived = transaction.MayHaveArrived,
            SessionFailed = Uses > 1 && SessionFailed(outcomes),
            SentBareLineFeed = transaction.SentBareLineFeed,
            SentBareCarriageReturn = transaction.SentBareCarriageReturn,
        };
    }
}
