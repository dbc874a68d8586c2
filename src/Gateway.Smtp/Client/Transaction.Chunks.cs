using System.Runtime.CompilerServices;

namespace Gateway.Smtp.Client;

/// <content>BDAT in place of DATA, for content that DATA cannot carry as it is (RFC 3030).</content>
/// <remarks>
/// One chunk, the last: the length is known, and the host's buffering is its own affair. Nothing is doubled, added or looked at.
/// </remarks>
internal sealed partial class Transaction
{
    // Binary content, or content without a final CRLF, which DATA would add.
    private readonly bool _chunked = host.Offers(Extensions.Chunking)
        && (message.Unterminated || (message.Binary && host.Offers(Extensions.BinaryMime)));

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendChunkAsync(byte[] buffer)
    {
        Reached = DeliveryStep.Body;
        int filled = FormatChunk(buffer);
        bool done = true;
        for (ReadOnlyMemory<byte> trace = message.Trace; done && !trace.IsEmpty;)
        {
            int count = Math.Min(trace.Length, buffer.Length - filled);
            trace.Span[..count].CopyTo(buffer.AsSpan(filled));
            trace = trace[count..];
            (done, filled) = await MakeRoomAsync(buffer, filled + count);
        }

        for (long left = message.BodyLength; done && left > 0;)
        {
            int count = await ReadContentAsync(buffer.AsMemory(filled, (int)Math.Min(buffer.Length - filled, left)));
            if (count == 0)
            {
                // With octets missing from the chunk the host must throw away what it has.
                link.Fail(DeliveryOutcome.ContentUnavailable, Detail);
                return;
            }

            left -= count;
            (done, filled) = left > 0 ? await MakeRoomAsync(buffer, filled + count) : (true, filled + count);
        }

        if (done)
        {
            Reached = link.HasSpoken ? DeliveryStep.Body : DeliveryStep.FinalDot;
            done = await link.WriteAsync(buffer.AsMemory(0, filled), options.BodyTimeout, stopAtInput: true);
        }

        await ReadFinalAsync(done);
    }

    private int FormatChunk(byte[] buffer)
    {
        CommandBuffer commands = new(buffer);
        commands.Append("BDAT "u8);
        commands.Append(message.WireLength);
        commands.Append(" LAST"u8);
        commands.TryEnd();
        return commands.Length;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<(bool Done, int Filled)> MakeRoomAsync(byte[] buffer, int filled) =>
        filled < buffer.Length ? (true, filled) : (await FlushAsync(buffer, filled), 0);
}
