using System.Buffers;
using System.Runtime.CompilerServices;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Client;

/// <content>What follows 354: trace, content, terminator, and the reply to them.</content>
internal sealed partial class Transaction
{
    // DATA was accepted although there is nobody to deliver to: end it with an empty message. RFC 2920 section 3.1.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendNothingAsync(byte[] buffer)
    {
        if (_contradicted)
        {
            // It refused RSET or MAIL but took recipients: an empty message might really reach them. Hang up instead.
            Detail = "the host took recipients without a sender";
            link.Fail(DeliveryOutcome.ProtocolError, Detail);
            return;
        }

        ".\r\n"u8.CopyTo(buffer);
        await link.WriteAsync(buffer.AsMemory(0, 3), options.CommandTimeout, stopAtInput: false);
        LeavesOpen = await ReadAsync(options.FinalDotTimeout) is null;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
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

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
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

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
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

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
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
}
