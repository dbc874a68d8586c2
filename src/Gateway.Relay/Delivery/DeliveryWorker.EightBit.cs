using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Message;
using Gateway.Relay.Telemetry;
using Gateway.Smtp.Client;

namespace Gateway.Relay.Delivery;

/// <content>Content that no host of the route says it can take: octets above 127 without 8BITMIME, binary without BINARYMIME.</content>
public sealed partial class DeliveryWorker
{
    /// <summary>Tries the hosts again in the way that the route's terms have for it.</summary>
    /// <returns>The new answers; those before when there is no other way.</returns>
    private async Task<List<HostAnswer>> TryOtherwiseAsync(
        Parcel parcel, Envelope envelope, OutboundMessage message, List<HostAnswer> before, CancellationToken stop)
    {
        RouteTerms terms = parcel.Destination.Route.Terms;
        EightBitHandling handling = terms.EightBit;
        // Our own notifications are nobody's to be kept octet for octet.
        if (handling == EightBitHandling.Convert || envelope.IsNotification)
        {
            using SevenBitCopy? copy = await SevenBitCopy.MakeAsync(message.Body, new MessageBuffer(_queue.CreateFile));
            if (copy is not null)
            {
                GatewayLog.Converted(_log, parcel.Message.Id.ToString(), DeliveryText.Relay(before[0].Report), copy.BreaksSignature ? ", dkim=broken" : string.Empty);
                return await TryHostsAsync(
                    parcel, envelope, message with { Body = copy.Body, BodyLength = copy.Length, EightBit = false, Binary = false }, stop);
            }

            handling = terms.EightBitSigned;
        }

        // DATA cannot say binary content.
        return handling == EightBitHandling.Send && !message.Binary
            ? await TryHostsAsync(parcel, envelope, message with { EightBitAsIs = true }, stop)
            : before;
    }
}
