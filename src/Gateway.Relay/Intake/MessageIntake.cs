using System.Net;
using Gateway.Mime;
using Gateway.Relay.Inspection;
using Gateway.Relay.Message;
using Gateway.Relay.Queue;
using Gateway.Relay.Telemetry;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Gateway.Smtp.Transport;

namespace Gateway.Relay.Intake;

/// <summary>Receives the mail of one session: scan while octets arrive, inspect at the end of data, store, answer.</summary>
/// <remarks>
/// The path of a message, by the numbers in <see cref="CommitAsync"/>:
/// (1) the scanner's facts are closed, (2) the inspector reads the message, (3) the verdict is applied, (4) the envelope and the
/// trace field are written, (5) the spool makes all of it durable, (6) 250 is answered, (7) the message goes to delivery or to the
/// quarantine.
/// Promises: 250 is answered only behind step 5. One bad message costs only itself.
/// Threads: one session, one call at a time.
/// </remarks>
internal sealed partial class MessageIntake(SmtpPeer peer, IntakeFactory shared, string listener = "") : ISmtpReceiver
{
    // Lines of the session's record that a quarantined message of it has already.
    private int _told;
    private readonly RecipientList _recipients = new();
    private readonly MessageBuffer _buffer = new(shared.Queue.CreateFile, shared.Memory);
    private readonly WireScanner _scanner = new();
    private readonly IntakeReport _report = new(peer, shared, listener);

    private IIntakeProfile _profile = shared.Profile;
    private MailPath _sender = MailPath.Null;
    private MailParameters _parameters;
    private long _began;
    private SessionNotes _notes;
    private bool _refusesLines;
    private QueueUnavailableException? _broken;

    /// <inheritdoc/>
    public SmtpReply? Greet()
    {
        _report.Connected();
        if (shared.Drain.IsOn)
        {
            return RelayReplies.Draining;
        }

        if (RefusedClient() is SmtpReply refused)
        {
            return refused;
        }

        // A full disk has a reply of its own, to MAIL: the session may go on when there is room again.
        bool sick = shared.Queue.Health is { IsHealthy: false, Reason: not QueueFault.DiskFull };
        return sick || shared.Inspection.Watch.IsOverwhelmed ? Replies.ServiceUnavailable : null;
    }

    /// <inheritdoc/>
    public ValueTask<SmtpReply> MailAsync(MailPath sender, MailParameters parameters)
    {
        // A new transaction sees the newest settings, and sees them unchanged to its end.
        _profile = shared.Profile;
        _sender = sender;
        _parameters = parameters;
        if (shared.Drain.IsOn)
        {
            return new(RelayReplies.Draining);
        }

        if (RefusedSender() is SmtpReply refused)
        {
            return new(refused);
        }

        QueueHealth health = shared.Queue.Health;
        return new(!health.IsHealthy ? RelayReplies.For(health.Reason)
            : shared.Inspection.Watch.IsOverwhelmed ? Replies.LocalError
            : shared.Disk is null || shared.Disk.HasRoom(parameters.Size) ? Replies.SenderOk
            : Replies.InsufficientStorage);
    }

    /// <inheritdoc/>
    public ValueTask<SmtpReply> RecipientAsync(MailPath recipient, RecipientParameters parameters)
    {
        SmtpReply? refusal = (peer.AuthenticatedUser is null ? _profile.AccessAt(listener).Control.Refuse(peer.Remote.Address, recipient) : null)
            ?? RefuseRoute(recipient)
            ?? Refusal(shared.Blocks.OfRecipient(recipient.Address));
        if (refusal is not null)
        {
            shared.Metrics.RecipientRefused(
                refusal == Replies.RelayDenied ? GatewayMetrics.RelayDenied : refusal == RelayReplies.NoRoute ? GatewayMetrics.NoRoute : GatewayMetrics.LoopsBack);
            _report.RejectedRecipient(refusal, _sender, recipient, peer.Protocol(_parameters.SmtpUtf8));
            return new(refusal);
        }

        _recipients.Add(recipient.Address, parameters);
        return new(Replies.RecipientOk);
    }

    private SmtpReply? RefuseRoute(MailPath recipient) => _profile.Routes.Find(recipient.Address) is not { } route ? RelayReplies.NoRoute
        : route.ByMx && AddressLiteral.Read(recipient.Domain) is { } address && shared.Own?.IsOwn(address, route.Port, isLookedUp: true) == true
            ? RelayReplies.LoopsBack
            : null;

    /// <inheritdoc/>
    public ValueTask<SmtpReply> BeginAsync()
    {
        _buffer.MemoryLimit = _profile.MemoryBytes;
        _refusesLines = Policy().RefusesOverlongLine(_sender.IsNull);
        _began = shared.Time.GetTimestamp();
        return new(Replies.StartMailInput);
    }

    /// <inheritdoc/>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        _scanner.Append(bytes);
        if (_broken is not null)
        {
            return;
        }

        try
        {
            _buffer.Append(bytes);
            if (_refusesLines && _scanner.LineOverHardLimit)
            {
                _buffer.Cut();
            }
        }
        catch (QueueUnavailableException e)
        {
            // The client is still sending: it gets its 4xx at the end of data, as the protocol wants it.
            _broken = e;
        }
    }

    /// <inheritdoc/>
    public ValueTask DrainAsync(CancellationToken cancellationToken)
    {
        if (shared.Memory is not { IsScarce: true } memory)
        {
            return ValueTask.CompletedTask;
        }

        _notes |= SessionNotes.MessageMemory;
        return memory.WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<SmtpReply> CommitAsync(DataEnd end, CancellationToken cancellationToken)
    {
        long ended = shared.Time.GetTimestamp();
        MessageId id = shared.Ids.Next();
        if (_broken is not null)
        {
            return NotStored(id, RelayReplies.For(_broken.Reason), _broken.Message, ended);
        }

        if (end is { SuspectEndOffset: >= 0, Normalized: not null })
        {
            return RejectForgedEnd(id, end, ended);
        }

        // (1) The facts of the raw octets are complete.
        WireFacts wire = _scanner.Complete();

        // (2) One synchronous pass of the inspector over the octets.
        InspectionReport? report;
        SmtpReply? blocked = null;
        using (MessageBytes content = _buffer.View())
        {
            report = await shared.Inspection.TryInspectAsync(content, wire, Context(end, wire), OnBehalf(), _buffer.Digest, CancellationToken.None);
            blocked = report is null ? null : RefusedContent(content, wire, report);
        }

        if (report is null)
        {
            return shared.Inspection.Watch.IsOverwhelmed ? NotStored(id, Replies.LocalError, "too many inspections are stuck", ended) : TooCostly(id, ended);
        }

        long inspected = shared.Time.GetTimestamp();

        // (3) The verdict.
        RecordVerdict(report);
        if (report.Verdict == RuleAction.Reject)
        {
            return Reject(id, report, ended);
        }

        if (blocked is not null)
        {
            return RejectBlocked(id, report, blocked, ended);
        }

        if (_buffer.IsCut)
        {
            // Not read to its end, because an inspection was given up: without the reason to refuse it there is nothing to keep either.
            return NotStored(id, Replies.LocalError, "a message with a line over the bound was not inspected", ended);
        }

        // (4) The envelope with its trace field.
        bool held = report.Verdict == RuleAction.Quarantine || _block is not null;
        if (held && PutOff(id, report, ended) is SmtpReply later)
        {
            return later;
        }

        int heard = peer.Recorder?.Count ?? 0;
        Envelope envelope = MakeEnvelope(id, wire, ended, report) with { Quarantine = held ? Verdicts.QuarantineReason(report, peer, _told, _block) : null };

        // (5) Stable storage. Not cancelled when the client leaves: a commit under way is never half known.
        Lease lease;
        try
        {
            lease = await shared.Queue.CommitAsync(id, envelope, _buffer, CancellationToken.None);
        }
        catch (QueueUnavailableException e)
        {
            if (held)
            {
                shared.Quarantine.Room.GiveBack(envelope.ClientAddress, envelope.Size);
            }

            return NotStored(id, RelayReplies.For(e.Reason), e.Message, ended);
        }

        long committed = shared.Time.GetTimestamp();
        RecordStages(envelope, report, ended, inspected, committed);

        // (7) Before (6), because the caller writes the reply: the next owner of the message is told.
        if (held)
        {
            _told = heard;
            await shared.Quarantine.AdmitTakenAsync(new Work(lease, envelope, null), CancellationToken.None);
        }
        else
        {
            shared.Delivery.Enqueue(lease, envelope);
        }

        // (6)
        return Replies.Queued(envelope.Id);
    }

    /// <inheritdoc/>
    public void Reset()
    {
        _recipients.Clear();
        _buffer.Reset();
        _scanner.Reset();
        _broken = null;
    }

    /// <inheritdoc/>
    public void Closed(in SessionSummary summary) =>
        shared.Closing.Report(peer, summary, _notes, listener);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _buffer.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public void HandshakeEnded(in TlsHandshake handshake) => shared.Metrics.TlsHandshake(handshake.Facts?.Version ?? "failed", handshake.Elapsed);

    /// <inheritdoc/>
    public void AuthenticationEnded(string mechanism, string? user, bool ok)
    {
        shared.Metrics.Authentication(mechanism, ok ? "ok" : "failed");
        _report.Authenticated(mechanism, user, ok);
    }

    private string Client => peer.Remote.Address.ToString();

    private InspectionContext Context(DataEnd end, WireFacts wire) => new()
    {
        NullSender = _sender.IsNull,
        Binary = _parameters.Body == BodyType.BinaryMime,
        Utf8 = _parameters.SmtpUtf8,
        Policy = Policy(),
        HostName = _profile.HostName,
        External = SessionFindings.Of(
            end, peer, _sender, _recipients.Addresses.Count, _profile.HostName,
            undeclared: _parameters.Body == BodyType.SevenBit && wire.FirstEightBit >= wire.HeaderEnd ? wire.FirstEightBit : -1),
    };

    private Envelope MakeEnvelope(MessageId id, WireFacts wire, long ended, InspectionReport report)
    {
        string protocol = peer.Protocol(_parameters.SmtpUtf8);
        IPAddress client = peer.Remote.Address;
        DateTimeOffset now = shared.Time.GetUtcNow();
        return new Envelope
        {
            Id = id.ToString(),
            ReceivedAt = now,
            SteadyTicks = shared.Clock.At(ended).Ticks,
            Sender = _sender.Address,
            Recipients = [.. _recipients.Addresses],
            ClientAddress = Client,
            ClientHello = peer.Hello,
            Protocol = protocol,
            User = peer.AuthenticatedUser,
            Size = _buffer.Length,
            EightBit = wire.FirstEightBit >= 0,
            // Content that any host can carry is sent to any host, whatever it was declared.
            Binary = _parameters.Body == BodyType.BinaryMime && !(wire.CleanFraming && wire.OverlongLines.Count == 0),
            Unterminated = wire.Length > 0 && !wire.EndsWithCrlf,
            // What says SMTPUTF8 without need goes to any host; UTF-8 that was never declared goes on as it came, as it always did (decision 0017).
            SmtpUtf8 = _parameters.SmtpUtf8 && (report.EightBitHeader || (wire.FirstEightBit >= 0 && !report.Complete)),
            Shape = Verdicts.Shape(report),
            Risky = Verdicts.IsRisky(report),
            RequireTls = _parameters.RequireTls,
            Dsn = DsnRequest.From(_parameters, _recipients.Addresses, _recipients.Wishes),
            ReceiveSeconds = shared.Time.GetElapsedTime(_began, ended).TotalSeconds,
            Trace = TraceHeaders.Received(
                peer.Hello, client, _profile.HostName, protocol, id, _recipients.Addresses.Count == 1 ? _recipients.Addresses[0] : null, now, peer.Tls,
                peer.Name, peer.Forwarded),
        };
    }

    private void RecordVerdict(InspectionReport report)
    {
        shared.Metrics.Verdict(report.Verdict.Name());
        RecordExemptions(report);
        foreach (Finding finding in report.Findings)
        {
            shared.Metrics.Finding(finding.RuleName, finding.Action.Name());
            _notes |= WireFindings.Note(finding);
        }
    }

    private void RecordStages(Envelope envelope, InspectionReport report, long ended, long inspected, long committed)
    {
        TimeSpan inspect = shared.Time.GetElapsedTime(ended, inspected);
        TimeSpan commit = shared.Time.GetElapsedTime(inspected, committed);
        shared.Metrics.Stage("read", TimeSpan.FromSeconds(envelope.ReceiveSeconds));
        shared.Metrics.Stage("inspect", inspect);
        shared.Metrics.Stage("commit", commit);
        shared.Metrics.MessageAnswered(envelope.Quarantine is null ? "accepted" : "quarantined", envelope.Size, shared.Time.GetElapsedTime(ended));
        _report.Stored(envelope, report, inspect, commit);
    }

    private SmtpReply Reject(MessageId id, InspectionReport report, long ended)
    {
        Finding worst = Verdicts.Worst(report);
        SmtpReply reply = Verdicts.Refusal(worst, id);
        shared.Metrics.MessageAnswered("rejected", _buffer.Length, shared.Time.GetElapsedTime(ended));
        _report.Rejected(Message(id), reply, report, worst.RuleName, worst.Offset, worst.ExcerptEscaped);
        return reply;
    }

    /// <summary>A client that may send bare line ends may not send this, nor may a setting of the rule let it through: its line ends would become real ones.</summary>
    private SmtpReply RejectForgedEnd(MessageId id, DataEnd end, long ended)
    {
        Rule rule = RuleCatalogue.Get(RuleCode.NonstandardEndOfData);
        SmtpReply reply = Verdicts.Refusal(rule, id);
        shared.Metrics.Verdict(RuleAction.Reject.Name());
        shared.Metrics.Finding(rule.Name, RuleAction.Reject.Name());
        shared.Metrics.MessageAnswered("rejected", _buffer.Length, shared.Time.GetElapsedTime(ended));
        _report.Rejected(Message(id), reply, report: null, rule.Name, end.SuspectEndOffset, string.Empty);
        return reply;
    }

    private InspectionClient OnBehalf() => new(
        ClientKey.Of(peer.Remote.Address),
        _profile.AccessAt(listener).ExemptClients.Contains(peer.Remote.Address) ? TimeSpan.Zero : _profile.InspectionTime);

    /// <summary>The first time the message has to come again, the second time the session ends: slowed, then told.</summary>
    private SmtpReply TooCostly(MessageId id, long ended)
    {
        SmtpReply reply = _notes.HasFlag(SessionNotes.InspectionTime) ? RelayReplies.TooCostlyAgain : RelayReplies.TooCostly;
        _notes |= SessionNotes.InspectionTime;
        shared.Metrics.MessageAnswered("failed", _buffer.Length, shared.Time.GetElapsedTime(ended));
        _report.TooCostly(Message(id), reply);
        return reply;
    }

    private SmtpReply NotStored(MessageId id, SmtpReply reply, string reason, long ended)
    {
        shared.Metrics.MessageAnswered("failed", _buffer.Length, shared.Time.GetElapsedTime(ended));
        _report.PutOff(Message(id), reply, reason);
        return reply;
    }

    private IntakeMessage Message(MessageId id) => new(id.ToString(), _sender.Address, _recipients.Addresses, peer.Protocol(_parameters.SmtpUtf8), _buffer.Length);
}
