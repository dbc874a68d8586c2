using Gateway.Mime;
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
/// trace field are written, (5) the queue makes all of it durable, (6) the message goes to delivery or to the
/// quarantine, (7) 250 is answered.
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
        Envelope envelope;
        Lease lease;
        bool isStored = false;
        try
        {
            envelope = MakeEnvelope(id, wire, ended, report) with { Quarantine = held ? Verdicts.QuarantineReason(report, peer, _told, _block) : null };

            // (5) Stable storage. Not cancelled when the client leaves: a commit under way is never half known.
            lease = await shared.Queue.CommitAsync(id, envelope, _buffer, CancellationToken.None);
            isStored = true;
        }
        catch (QueueUnavailableException e)
        {
            return NotStored(id, RelayReplies.For(e.Reason), e.Message, ended);
        }
        finally
        {
            // Whatever it was that failed: room that nothing came into would be missing until the next start.
            if (held && !isStored)
            {
                shared.Quarantine.Room.GiveBack(Client, _buffer.Length);
            }
        }

        long committed = shared.Time.GetTimestamp();
        RecordStages(envelope, report, ended, inspected, committed);

        // (6) The next owner of the message is told.
        if (held)
        {
            _told = heard;
            await shared.Quarantine.AdmitTakenAsync(new Work(lease, envelope, null), CancellationToken.None);
        }
        else
        {
            shared.Delivery.Enqueue(lease, envelope);
        }

        // (7) The caller writes the reply.
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
    public void HandshakeEnded(in TlsHandshake handshake) => shared.Metrics.TlsHandshake(handshake.Facts?.Version ?? "failed", peer.Engine.Name(), handshake.Elapsed);

    /// <inheritdoc/>
    public void AuthenticationEnded(string mechanism, string? user, bool ok)
    {
        shared.Metrics.Authentication(mechanism, ok ? "ok" : "failed");
        _report.Authenticated(mechanism, user, ok);
    }
}
