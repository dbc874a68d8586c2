using Gateway.Relay.Delivery;
using Gateway.Relay.Quarantine;
using Gateway.Relay.Queue;
using Gateway.Relay.Telemetry;
using Gateway.Smtp.Server;
using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Intake;

/// <summary>What all sessions share to receive mail; makes one <see cref="MessageIntake"/> a session.</summary>
public sealed class IntakeFactory(
    IMailQueue queue,
    DeliveryQueue delivery,
    QuarantineWard quarantine,
    InspectionScheduler inspection,
    MessageIdSource ids,
    GatewayMetrics metrics,
    Func<RelayProfile> profile,
    ILoggerFactory logs,
    TimeProvider time,
    MessageMemory? memory = null,
    DiskRoom? disk = null) : ISmtpReceiverFactory
{
    internal IMailQueue Queue => queue;

    internal DeliveryQueue Delivery => delivery;

    internal QuarantineWard Quarantine => quarantine;

    internal InspectionScheduler Inspection => inspection;

    internal MessageIdSource Ids => ids;

    internal GatewayMetrics Metrics => metrics;

    internal RelayProfile Profile => profile();

    internal TimeProvider Time => time;

    internal MessageMemory? Memory => memory;

    internal DiskRoom? Disk => disk;

    internal ILogger Log { get; } = logs.CreateLogger(LogCategories.Smtpd);

    internal SessionClosing Closing { get; } = new(metrics, logs.CreateLogger(LogCategories.Smtpd), time);

    /// <inheritdoc/>
    public ISmtpReceiver Create(SmtpPeer peer)
    {
        // Not at the greeting: a connection refused by the limit never gets there, but is closed like any other.
        metrics.SessionOpened();
        return new MessageIntake(peer, this);
    }
}
