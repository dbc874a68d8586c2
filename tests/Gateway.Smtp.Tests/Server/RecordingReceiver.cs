using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Gateway.Smtp.Transport;

namespace Gateway.Smtp.Tests.Server;

/// <summary>A message as the receiver got it.</summary>
internal sealed record Received(string Sender, IReadOnlyList<string> Recipients, byte[] Octets, DataEnd End, MailParameters Parameters, string Protocol)
{
    public IReadOnlyList<RecipientParameters> RecipientParameters { get; init; } = [];

    public string Text => Encoding.Latin1.GetString(Octets);
}

/// <summary>Makes a receiver for each session, tells it what to do, and keeps what it saw.</summary>
internal sealed class RecordingReceivers : ISmtpReceiverFactory
{
    private readonly Channel<SessionSummary> _ends = Channel.CreateUnbounded<SessionSummary>();

    public ConcurrentQueue<RecordingReceiver> All { get; } = new();

    /// <summary>Messages that were committed, in order.</summary>
    public ConcurrentQueue<Received> Messages { get; } = new();

    public bool KeepsOctets { get; init; } = true;

    public Func<SmtpReply?> OnGreet { get; set; } = () => null;

    public Func<MailPath, ValueTask<SmtpReply>> OnMail { get; set; } = _ => new(Replies.SenderOk);

    public Func<MailPath, ValueTask<SmtpReply>> OnRecipient { get; set; } = _ => new(Replies.RecipientOk);

    public Func<ValueTask<SmtpReply>> OnBegin { get; set; } = () => new(Replies.StartMailInput);

    public Action<int> OnAppend { get; set; } = _ => { };

    public Func<CancellationToken, ValueTask> OnDrain { get; set; } = _ => ValueTask.CompletedTask;

    public Func<Received, CancellationToken, ValueTask<SmtpReply>> OnCommit { get; set; } =
        (message, _) => new(message.End.SuspectEndOffset < 0 ? Replies.Queued("id") : new SmtpReply(550, new EnhancedCode(5, 5, 2), "Bad end of data"));

    /// <summary>Why connections of proxies were dropped.</summary>
    public ConcurrentQueue<string> ProxyFaults { get; } = new();

    public void ProxyRefused(System.Net.IPEndPoint proxy, string fault, bool isProbe) => ProxyFaults.Enqueue(fault);

    public ISmtpReceiver Create(SmtpPeer peer)
    {
        RecordingReceiver receiver = new(this, peer);
        All.Enqueue(receiver);
        return receiver;
    }

    public void Close(SessionSummary summary) => _ends.Writer.TryWrite(summary);

    /// <summary>The summary of the session that ended next.</summary>
    public Task<SessionSummary> NextEndAsync(CancellationToken ct) =>
        _ends.Reader.ReadAsync(ct).AsTask().WaitAsync(TimeSpan.FromSeconds(15), ct);
}

/// <summary>Writes down what a session hands over, and checks that it keeps its promises about the order of calls.</summary>
internal sealed class RecordingReceiver(RecordingReceivers plan, SmtpPeer peer) : ISmtpReceiver
{
    private readonly List<string> _calls = [];
    private readonly MemoryStream _octets = new();
    private string? _sender;
    private MailParameters _parameters;
    private List<string> _recipients = [];
    private List<RecipientParameters> _recipientParameters = [];
    private bool _receiving;
    private bool _closed;

    /// <summary>The calls, one word each with its argument; Append only once a message.</summary>
    public string Calls
    {
        get
        {
            lock (_calls)
            {
                return string.Join("; ", _calls);
            }
        }
    }

    public bool IsDisposed { get; private set; }

    public SmtpPeer Peer => peer;

    /// <summary>The flight record at the end, without times.</summary>
    public IReadOnlyList<string> Record { get; private set; } = [];

    public TlsHandshake Handshake { get; private set; }

    public List<string> Authentications { get; } = [];

    public void AuthenticationEnded(string mechanism, string? user, bool ok) => Authentications.Add($"{mechanism} {(ok ? user : "-")}");

    public void HandshakeEnded(in TlsHandshake handshake) => Handshake = handshake;

    public SmtpReply? Greet()
    {
        Note("greet");
        return plan.OnGreet();
    }

    public async ValueTask<SmtpReply> MailAsync(MailPath sender, MailParameters parameters)
    {
        Note($"mail {sender.Address}");
        Promise(_sender is null, "Mail without Reset before");
        SmtpReply reply = await plan.OnMail(sender);
        _sender = sender.Address;
        _parameters = parameters;
        return reply;
    }

    public async ValueTask<SmtpReply> RecipientAsync(MailPath recipient, RecipientParameters parameters)
    {
        Note($"rcpt {recipient.Address}");
        Promise(_sender is not null, "Recipient without Mail");
        SmtpReply reply = await plan.OnRecipient(recipient);
        if (reply.IsSuccess)
        {
            _recipients.Add(recipient.Address);
            _recipientParameters.Add(parameters);
        }

        return reply;
    }

    public async ValueTask<SmtpReply> BeginAsync()
    {
        Note("begin");
        Promise(_recipients.Count > 0, "Begin without a recipient");
        SmtpReply reply = await plan.OnBegin();
        _receiving = reply.IsIntermediate;
        return reply;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        Promise(_receiving, "Append without Begin");
        plan.OnAppend(bytes.Length);
        if (plan.KeepsOctets)
        {
            _octets.Write(bytes);
        }
    }

    public ValueTask DrainAsync(CancellationToken cancellationToken) => plan.OnDrain(cancellationToken);

    public async ValueTask<SmtpReply> CommitAsync(DataEnd end, CancellationToken cancellationToken)
    {
        Note($"commit {end.Length}");
        Promise(_receiving, "Commit without Begin");
        Received message = new(_sender!, _recipients, _octets.ToArray(), end, _parameters, peer.Protocol(_parameters.SmtpUtf8))
        {
            RecipientParameters = _recipientParameters,
        };
        SmtpReply reply = await plan.OnCommit(message, cancellationToken);
        if (reply.IsSuccess)
        {
            plan.Messages.Enqueue(message);
        }

        return reply;
    }

    public void Reset()
    {
        Note("reset");
        _sender = null;
        _parameters = default;
        _recipients = [];
        _recipientParameters = [];
        _octets.SetLength(0);
        _receiving = false;
    }

    public void Closed(in SessionSummary summary)
    {
        Note($"closed {summary.End}");
        Promise(!_closed, "Closed twice");
        _closed = true;
        Record = [.. peer.Recorder!.Lines().Select(line => $"{line.Voice.ToString()[0]}: {line.Text}")];
        plan.Close(summary);
    }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }

    private void Note(string call)
    {
        lock (_calls)
        {
            _calls.Add(call);
        }
    }

    private static void Promise(bool holds, string broken)
    {
        if (!holds)
        {
            throw new InvalidOperationException("The session broke its promise: " + broken);
        }
    }
}
