using System.Runtime.CompilerServices;

namespace Gateway.Smtp.Client;

/// <content>XFORWARD in front of MAIL: where the message came from.</content>
internal sealed partial class Transaction
{
    private readonly bool _forwards = message.Client is not null && host.ForwardMask != 0;

    private void FormatForward(ref CommandBuffer commands)
    {
        if (_forwards)
        {
            commands.Append(message.Client!.Command(host.ForwardMask));
            commands.TryEnd();
        }
    }

    // False when the link broke. A host that refuses it gets the message all the same: it is for its log.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ReadForwardAsync()
    {
        if (!_forwards)
        {
            return true;
        }

        Reached = DeliveryStep.Forward;
        return await ReadAsync(options.CommandTimeout) is not null;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ForwardAsync(byte[] buffer)
    {
        if (_forwards)
        {
            await link.WriteAsync(buffer.AsMemory(0, Format(buffer)), options.CommandTimeout, stopAtInput: false);
        }

        return await ReadForwardAsync();

        int Format(byte[] into)
        {
            CommandBuffer commands = new(into);
            FormatForward(ref commands);
            return commands.Length;
        }
    }
}
