using System.Buffers;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Client;

/// <summary>One message over one link: envelope, content, outcomes.</summary>
/// <remarks>
/// Sending and reading are separate steps on purpose: the envelope of a following message can be put behind the
/// terminator of this one, and BDAT can take the place of DATA, without touching how outcomes are recorded.
/// </remarks>
internal sealed class Transaction(DownstreamLink link, Capabilities host, DownstreamOptions options, OutboundMessage message)
{
    /// <summary>The size of the borrowed output buffer: 64 KiB, one write for nearly every message.</summary>
    public const int BufferOctets = 64 * 1024;

    // Null for a recipient that is not decided: not offered yet, or accepted and waiting for the end of the message.
    private readonly RecipientOutcome?[] _outcomes = new RecipientOutcome?[message.Recipients.Count];
    private int _accepted;
    private bool _refused;
    private DataEncoder _encoder;

    /// <summary>The step the transaction is in, or was in when it ended.</summary>
    public DeliveryStep Reached { get; private set; } = DeliveryStep.Mail;

    /// <summary>True when the host may hold an open transaction: RSET goes in front of the next one.</summary>
    public bool LeavesOpen { get; private set; } = true;

    /// <summary>True when the host said 421: it closes the connection.</summary>
    public bool IsClosing => Farewell is not null;

    /// <summary>The 421, which stands for every reply that did not come after it.</summary>
    public SmtpReply? Farewell { get; private set; }

    /// <summary>The first reply of the transaction; null when none came.</summary>
    public SmtpReply? FirstReply { get; private set; }

    /// <summary>True when the terminator was given to the network and no reply to it came.</summary>
    public bool MayHaveArrived { get; private set; }

    /// <summary>What went wrong in words; null when the replies say it.</summary>
    public string? Detail { get; private set; }

    public bool SentBareLineFeed => _encoder.SawBareLineFeed;

    public bool SentBareCarriageReturn => _encoder.SawBareCarriageReturn;

    /// <summary>Runs the transaction to its end; every recipient has an outcome afterwards.</summary>
    /// <param name="buffer">At least <see cref="BufferOctets"/>; not to be used again while a write is pending.</param>
    /// <param name="resetFirst">The transaction before this one left the host in doubt.</param>
    public async ValueTask<RecipientOutcome[]> RunAsync(byte[] buffer, bool resetFirst)
    {
        if (Envelope.Obstacle(message, host) is (var outcome, var status, var detail))
        {
            // Nothing is sent, so a pending RSET stays pending.
            LeavesOpen = resetFirst;
            Detail = detail;
            DecideRest(outcome, null, status);
        }
        else
        {
            SmtpReply? data = host.Offers(Extensions.Pipelining)
                ? await SendEnvelopeInFlightsAsync(buffer, resetFirst)
                : await SendEnvelopeStepwiseAsync(buffer, resetFirst);
            if (data is { IsIntermediate: true } && _accepted > 0)
            {
                await SendContentAsync(buffer);
            }
            else if (data is { IsIntermediate: true })
            {
                await SendNothingAsync(buffer);
            }
            else if (data is not null)
            {
                Decide(data);
            }
        }

        DecideRest(link.Fault ?? DeliveryOutcome.ProtocolError, null, default);
        return _outcomes!;
    }

    // RSET? MAIL RCPT... DATA in as few writes as the window allows, then all the replies. Returns the one to DATA.
    private async ValueTask<SmtpReply?> SendEnvelopeInFlightsAsync(byte[] buffer, bool resetFirst)
    {
        int offered = 0;
        bool first = true;
        while (true)
        {
            int from = offered;
            int length = FormatFlight(buffer, first, resetFirst, ref offered, out bool last);
            await link.WriteAsync(buffer.AsMemory(0, length), options.CommandTimeout, stopAtInput: false);
            if (first && !await ReadMailAsync(resetFirst))
            {
                return null;
            }

            first = false;
            for (int i = from; i < offered; i++)
            {
                if (!await ReadRecipientAsync(i))
                {
                    return null;
                }
            }

            if (last)
            {
                Reached = _accepted > 0 ? DeliveryStep.Data : Reached;
                return await ReadAsync(options.DataTimeout);
            }

            if (_refused)
            {
                return null;
            }
        }
    }

    private async ValueTask<SmtpReply?> SendEnvelopeStepwiseAsync(byte[] buffer, bool resetFirst)
    {
        if (resetFirst)
        {
            "RSET\r\n"u8.CopyTo(buffer);
            await link.WriteAsync(buffer.AsMemory(0, 6), options.CommandTimeout, stopAtInput: false);
            if (await ReadAsync(options.CommandTimeout) is not { } reset || !Expect(reset))
            {
                return null;
            }
        }

        await link.WriteAsync(buffer.AsMemory(0, FormatMail(buffer)), options.CommandTimeout, stopAtInput: false);
        if (!await ReadMailAsync(afterReset: false) || _refused)
        {
            return null;
        }

        for (int i = 0; i < _outcomes.Length; i++)
        {
            await link.WriteAsync(buffer.AsMemory(0, FormatRecipient(buffer, i)), options.CommandTimeout, stopAtInput: false);
            if (!await ReadRecipientAsync(i))
            {
                return null;
            }
        }

        if (_accepted == 0)
        {
            return null;
        }

        Reached = DeliveryStep.Data;
        "DATA\r\n"u8.CopyTo(buffer);
        await link.WriteAsync(buffer.AsMemory(0, 6), options.DataTimeout, stopAtInput: false);
        return await ReadAsync(options.DataTimeout);
    }

    private int FormatFlight(byte[] buffer, bool first, bool resetFirst, ref int offered, out bool last)
    {
        CommandBuffer commands = new(buffer);
        if (first)
        {
            if (resetFirst)
            {
                commands.Append("RSET"u8);
                commands.TryEnd();
            }

            Envelope.TryMail(ref commands, message, host);
        }

        int end = Math.Min(_outcomes.Length, offered + options.RecipientsPerFlight);
        while (offered < end && Envelope.TryRecipient(ref commands, message, offered, host))
        {
            offered++;
        }

        last = false;
        if (offered == _outcomes.Length)
        {
            commands.Append("DATA"u8);
            last = commands.TryEnd();
        }

        return commands.Length;
    }

    private int FormatMail(byte[] buffer)
    {
        CommandBuffer commands = new(buffer);
        Envelope.TryMail(ref commands, message, host);
        return commands.Length;
    }

    private int FormatRecipient(byte[] buffer, int index)
    {
        CommandBuffer commands = new(buffer);
        Envelope.TryRecipient(ref commands, message, index, host);
        return commands.Length;
    }

    // False when the link broke.
    private async ValueTask<bool> ReadMailAsync(bool afterReset)
    {
        if (afterReset)
        {
            if (await ReadAsync(options.CommandTimeout) is not { } reset)
            {
                return false;
            }

            Expect(reset);
        }

        if (await ReadAsync(options.CommandTimeout) is not { } mail)
        {
            return false;
        }

        Expect(mail);
        return true;
    }

    private async ValueTask<bool> ReadRecipientAsync(int index)
    {
        Reached = _refused ? Reached : DeliveryStep.Recipient;
        if (await ReadAsync(options.CommandTimeout) is not { } reply)
        {
            return false;
        }

        if (_refused)
        {
            // The reply to MAIL decided; this one follows from it.
            return true;
        }

        if (reply.IsSuccess)
        {
            _accepted++;
        }
        else
        {
            _outcomes[index] = new RecipientOutcome(message.Recipients[index], OutcomeOf(reply), reply);
        }

        return true;
    }

    // A reply to RSET or MAIL that is no success decides the whole transaction.
    private bool Expect(SmtpReply reply)
    {
        if (!reply.IsSuccess && !_refused)
        {
            _refused = true;
            Decide(reply);
        }

        return !_refused;
    }

    // DATA was accepted although there is nobody to deliver to: end it with an empty message. RFC 2920 section 3.1.
    private async ValueTask SendNothingAsync(byte[] buffer)
    {
        ".\r\n"u8.CopyTo(buffer);
        await link.WriteAsync(buffer.AsMemory(0, 3), options.CommandTimeout, stopAtInput: false);
        LeavesOpen = await ReadAsync(options.FinalDotTimeout) is null;
    }

    private async ValueTask SendContentAsync(byte[] buffer)
    {
        Reached = DeliveryStep.Body;
        byte[] content = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(message.BodyLength, 1, BufferOctets));
        try
        {
            (bool done, int filled) = await EncodeAsync(buffer, 0, message.Trace);
            for (long left = message.BodyLength; done && left > 0;)
            {
                int count = await ReadContentAsync(content.AsMemory(0, (int)Math.Min(content.Length, left)));
                if (count == 0)
                {
                    // Without the terminator the host must throw away what it has.
                    link.Fail(DeliveryOutcome.ContentUnavailable, Detail);
                    return;
                }

                left -= count;
                (done, filled) = await EncodeAsync(buffer, filled, content.AsMemory(0, count));
            }

            if (done && buffer.Length - filled < DataEncoder.MaxTerminatorOctets)
            {
                done = await FlushAsync(buffer, filled);
                filled = 0;
            }

            if (done)
            {
                filled += _encoder.Finish(buffer.AsSpan(filled));
                // From here on nobody but the host knows whether it has the whole message.
                Reached = link.HasSpoken ? DeliveryStep.Body : DeliveryStep.FinalDot;
                done = await link.WriteAsync(buffer.AsMemory(0, filled), options.BodyTimeout, stopAtInput: true);
            }

            await ReadFinalAsync(done);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(content);
        }
    }

    private async ValueTask<int> ReadContentAsync(Memory<byte> content)
    {
        try
        {
            link.Rest();
            int count = await message.Body.ReadAsync(content);
            Detail = count == 0 ? "the content ended before its length" : null;
            return count;
        }
        catch (IOException e)
        {
            Detail = e.Message;
            return 0;
        }
    }

    private async ValueTask<(bool Done, int Filled)> EncodeAsync(byte[] buffer, int filled, ReadOnlyMemory<byte> content)
    {
        while (true)
        {
            _encoder.Encode(content.Span, buffer.AsSpan(filled), out int read, out int written);
            filled += written;
            content = content[read..];
            if (content.IsEmpty)
            {
                return (true, filled);
            }

            if (!await FlushAsync(buffer, filled))
            {
                return (false, 0);
            }

            filled = 0;
        }
    }

    private ValueTask<bool> FlushAsync(byte[] buffer, int filled)
    {
        // More than one block: from here on the host may have time to change its mind.
        link.WatchInput();
        return link.WriteAsync(buffer.AsMemory(0, filled), options.BodyTimeout, stopAtInput: true);
    }

    private async ValueTask ReadFinalAsync(bool sent)
    {
        SmtpReply? final = await ReadAsync(sent ? options.FinalDotTimeout : options.CommandTimeout);
        LeavesOpen = !sent || final is null;
        MayHaveArrived = final is null && Reached == DeliveryStep.FinalDot;
        if (final is null)
        {
            return;
        }

        if (!sent)
        {
            // The host spoke before the end of the message: it cannot have taken it, and the link is in the middle.
            Detail = "the host answered before the end of the message";
            Decide(final);
            link.Fail(DeliveryOutcome.Disconnected, Detail);
            return;
        }

        if (final.IsSuccess)
        {
            DecideRest(DeliveryOutcome.Delivered, final, default);
        }
        else
        {
            Decide(final);
        }
    }

    private async ValueTask<SmtpReply?> ReadAsync(TimeSpan limit)
    {
        SmtpReply? reply = await link.ReadReplyAsync(limit);
        FirstReply ??= reply;
        if (reply is { Code: 421 })
        {
            Farewell ??= reply;
        }

        return reply;
    }

    private void Decide(SmtpReply reply) => DecideRest(OutcomeOf(reply), reply, default);

    private DeliveryOutcome OutcomeOf(SmtpReply reply)
    {
        if (reply.IsTransient || reply.IsPermanent)
        {
            return reply.IsTransient ? DeliveryOutcome.Deferred : DeliveryOutcome.Refused;
        }

        // The conversation is out of step: nothing that follows can be believed.
        Detail ??= "the reply does not fit the step";
        link.Fail(DeliveryOutcome.ProtocolError, Detail);
        return DeliveryOutcome.ProtocolError;
    }

    private void DecideRest(DeliveryOutcome outcome, SmtpReply? reply, EnhancedCode status)
    {
        if (reply is null && outcome == DeliveryOutcome.Disconnected && Farewell is not null)
        {
            outcome = DeliveryOutcome.Deferred;
            reply = Farewell;
        }

        for (int i = 0; i < _outcomes.Length; i++)
        {
            _outcomes[i] ??= new RecipientOutcome(message.Recipients[i], outcome, reply) { Status = status };
        }
    }
}
