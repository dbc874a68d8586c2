using Gateway.Relay.Message;
using Gateway.Relay.Queue;
using Gateway.Relay.Telemetry;

namespace Gateway.Relay.Delivery;

/// <content>Word to the sender of late mail.</content>
public sealed partial class DeliveryWorker
{
    /// <summary>Writes and stores the warning; null when nobody wants it, or it could not be made.</summary>
    [CatchesAll("a warning that is not given harms nobody: it is logged, and the message is tried on")]
    internal async Task<Work?> WarnAsync(MessageId id, IReadOnlyList<ReportedRecipient> late)
    {
        try
        {
            return _queue.Find(id) is Envelope { Sender.Length: > 0 } envelope ? await _bounces.ReturnAsync(id, envelope, late) : null;
        }
        catch (Exception e)
        {
            // A warning that is not given harms nobody; what it was about is tried on.
            GatewayLog.DeliveryFault(_log, e, id.ToString());
            return null;
        }
    }
}
