using System.Globalization;
using Gateway.Relay.Message;
using Gateway.Smtp.Client;

namespace Gateway.Relay.Delivery;

/// <summary>The words in which delivery log lines speak; Postfix's, because every log analyser knows them.</summary>
internal static class DeliveryText
{
    /// <summary><c>mx1[192.0.2.7]:25</c>, or <c>none</c>.</summary>
    public static string Relay(DeliveryReport report) => report.Remote is null
        ? $"{report.Host.Host}:{report.Host.Port.ToString(CultureInfo.InvariantCulture)}"
        : $"{report.Host.Host}[{report.Remote.Address}]:{report.Remote.Port.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>What the host said, or what we say when it said nothing; not escaped.</summary>
    public static string Answer(RecipientOutcome outcome, DeliveryReport report) =>
        outcome.Reply?.ToString() ?? report.Detail ?? Describe(outcome.Outcome, outcome.Step);

    /// <summary>What became of the mail, in Postfix's words.</summary>
    public static string Status(DeliveryStatus status, bool returns) => status switch
    {
        DeliveryStatus.Sent => "sent",
        DeliveryStatus.Bounced => "bounced",
        DeliveryStatus.Expired => returns ? "expired, returned to sender" : "expired",
        _ => "deferred",
    };

    /// <summary>Before the queue, in the queue, connection set-up, transmission, in seconds.</summary>
    public static string Delays(Envelope envelope, DeliveryReport report, TimeSpan waited) =>
        $"{Seconds(TimeSpan.FromSeconds(envelope.ReceiveSeconds))}/{Seconds(waited)}/{Seconds(report.ConnectTime)}/{Seconds(report.TransmissionTime)}";

    /// <summary>Seconds with as many digits as matter.</summary>
    public static string Seconds(TimeSpan time) =>
        Math.Max(0, time.TotalSeconds).ToString(time.TotalSeconds >= 10 ? "0" : "0.####", CultureInfo.InvariantCulture);

    /// <summary>What to say when the host said nothing.</summary>
    public static string Describe(DeliveryOutcome outcome, DeliveryStep step) => outcome switch
    {
        DeliveryOutcome.NameNotFound => "host name not found",
        DeliveryOutcome.ConnectFailed => "cannot connect",
        DeliveryOutcome.TimedOut => $"timed out at step {step}",
        DeliveryOutcome.Disconnected => $"connection lost at step {step}",
        DeliveryOutcome.ProtocolError => $"not an SMTP reply at step {step}",
        DeliveryOutcome.TlsFailed => "no TLS as the route demands it",
        DeliveryOutcome.AuthFailed => "authentication failed",
        DeliveryOutcome.CapabilityMissing => "the host lacks an extension that the message needs",
        DeliveryOutcome.TooLarge => "the message is larger than the host accepts",
        DeliveryOutcome.ContentUnavailable => "the stored message cannot be read",
        DeliveryOutcome.Interrupted => "interrupted, the gateway stops",
        _ => outcome.ToString(),
    };
}
