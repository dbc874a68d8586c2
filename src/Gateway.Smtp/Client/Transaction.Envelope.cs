using System.Runtime.CompilerServices;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Client;

/// <content>RSET, MAIL, RCPT and DATA: in flights where the host pipelines, else step by step.</content>
internal sealed partial class Transaction
{
    // RSET? MAIL RCPT... DATA in as few writes as the window allows, then all the replies. Returns the one to DATA.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SmtpReply?> SendEnvelopeInFlightsAsync(byte[] buffer, bool resetFirst)
    {
        int offered = 0;
        bool first = true;
        while (true)
        {
            int from = offered;
            int length = FormatFlight(buffer, first, resetFirst, ref offered, out bool last);
            await link.WriteAsync(buffer.AsMemory(0, length), options.CommandTimeout, stopAtInput: false);
            if (first && (!await ReadResetAsync(resetFirst) || !await ReadForwardAsync() || !await ReadMailAsync()))
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

            if (last && _chunked)
            {
                return null;
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

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SmtpReply?> SendEnvelopeStepwiseAsync(byte[] buffer, bool resetFirst)
    {
        if (resetFirst)
        {
            "RSET\r\n"u8.CopyTo(buffer);
            await link.WriteAsync(buffer.AsMemory(0, 6), options.CommandTimeout, stopAtInput: false);
            if (!await ReadResetAsync(wasSent: true))
            {
                return null;
            }
        }

        if (!await ForwardAsync(buffer))
        {
            return null;
        }

        await link.WriteAsync(buffer.AsMemory(0, FormatMail(buffer)), options.CommandTimeout, stopAtInput: false);
        if (!await ReadMailAsync() || _refused)
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

        if (_accepted == 0 || _chunked)
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

            FormatForward(ref commands);
            Envelope.TryMail(ref commands, message, host);
        }

        int end = Math.Min(_outcomes.Length, offered + Math.Max(1, options.RecipientsPerFlight));
        while (offered < end && Envelope.TryRecipient(ref commands, message, offered, host))
        {
            offered++;
        }

        last = false;
        if (offered == _outcomes.Length && _chunked)
        {
            // BDAT has no 354: its chunk follows when it is known that somebody takes it.
            last = true;
        }
        else if (offered == _outcomes.Length)
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

    // False when the link broke, or has to: a host that refuses RSET is out of step, and whatever follows would be believed wrongly.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ReadResetAsync(bool wasSent)
    {
        if (!wasSent)
        {
            return true;
        }

        Reached = DeliveryStep.Reset;
        SmtpReply? reset = await ReadAsync(options.CommandTimeout);
        if (reset is { IsSuccess: false })
        {
            Decide(reset);
            link.Fail(DeliveryOutcome.ProtocolError, "RSET was refused");
        }

        return reset is { IsSuccess: true };
    }

    // False when the link broke.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ReadMailAsync()
    {
        Reached = DeliveryStep.Mail;
        if (await ReadAsync(options.CommandTimeout) is not { } mail)
        {
            return false;
        }

        Expect(mail);
        return true;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ReadRecipientAsync(int index)
    {
        Reached = _refused ? Reached : DeliveryStep.Recipient;
        if (await ReadAsync(options.CommandTimeout) is not { } reply)
        {
            return false;
        }

        if (_refused)
        {
            // The reply to MAIL decided; this one follows from it, or the host contradicts itself.
            _contradicted |= reply.IsSuccess;
            return true;
        }

        if (reply.IsSuccess)
        {
            _accepted++;
        }
        else
        {
            bool isSurplus = _accepted > 0 && IsTooMany(reply);
            _outcomes[index] = new RecipientOutcome(message.Recipients[index], isSurplus ? DeliveryOutcome.Deferred : OutcomeOf(reply), reply) { Step = DeliveryStep.Recipient, IsSurplus = isSurplus };
        }

        return true;
    }

    /// <summary>What older hosts say by 552 counts as 452 (RFC 5321 section 4.5.3.1.10); with another enhanced code it means a mailbox or the host's disk.</summary>
    private static bool IsTooMany(SmtpReply reply) => reply.Code is 452 or 552
        && (reply.Enhanced.IsNone || reply.Enhanced is { Subject: 5, Detail: 3 });
}
