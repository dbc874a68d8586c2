using Gateway.Relay.Blocks;
using Gateway.Relay.Clock;
using Gateway.Relay.Delivery;
using Gateway.Relay.Inspection;
using Gateway.Relay.Message;
using Gateway.Relay.Policy;
using Gateway.Relay.Quarantine.Review;
using Gateway.Relay.Queue;
using Gateway.Relay.Telemetry;
using Gateway.Smtp.Client;
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
    Func<IIntakeProfile> profile,
    ILoggerFactory logs,
    TimeProvider time,
    SteadyClock clock,
    BlockList blocks,
    DrainOrder drain,
    MessageMemory? memory = null,
    FreeDisk? disk = null) : ISmtpReceiverFactory
{
    internal IMailQueue Queue => queue;

    internal DeliveryQueue Delivery => delivery;

    internal QuarantineWard Quarantine => quarantine;

    internal InspectionScheduler Inspection => inspection;

    internal MessageIdSource Ids => ids;

    internal GatewayMetrics Metrics => metrics;

    internal IIntakeProfile Profile => profile();

    internal TimeProvider Time => time;

    internal SteadyClock Clock => clock;

    internal BlockList Blocks => blocks;

    internal DrainOrder Drain => drain;

    internal MessageMemory? Memory => memory;

    internal FreeDisk? Disk => disk;

    /// <summary>Tells which addresses are ourselves; null where nothing is listened to.</summary>
    internal OwnAddresses? Own { get; init; }

    internal ILogger Log { get; } = logs.CreateLogger(LogCategories.Smtpd);

    internal ILogger QueueLog { get; } = logs.CreateLogger(LogCategories.Queue);

    internal ILogger QuarantineLog { get; } = logs.CreateLogger(LogCategories.Quarantine);

    internal SessionClosing Closing { get; } = new(metrics, logs.CreateLogger(LogCategories.Smtpd), time);

    /// <summary>How often exceptions were of use.</summary>
    public ExemptionLedger Exemptions { get; } = new(time);

    /// <summary>Makes receivers of one listener, whose name policies can ask for.</summary>
    public ISmtpReceiverFactory Of(string listener) => new ListenerReceivers(this, listener);

    /// <inheritdoc/>
    public ISmtpReceiver Create(SmtpPeer peer) => Create(peer, string.Empty);

    private MessageIntake Create(SmtpPeer peer, string listener)
    {
        // Not at the greeting: a connection refused by the limit never gets there, but is closed like any other.
        metrics.SessionOpened();
        return new MessageIntake(peer, this, listener);
    }

    /// <inheritdoc/>
    public void ProxyRefused(System.Net.IPEndPoint proxy, string fault, bool isProbe)
    {
        ArgumentNullException.ThrowIfNull(proxy);
        if (isProbe)
        {
            // Every second or two for ever.
            GatewayLog.ProxyProbe(Log, proxy.Address.ToString());
            return;
        }

        metrics.SessionRejected("proxy_header");
        GatewayLog.ProxyRefused(Log, proxy.Address.ToString(), fault);
    }

    private sealed class ListenerReceivers(IntakeFactory shared, string listener) : ISmtpReceiverFactory
    {
        public ISmtpReceiver Create(SmtpPeer peer) => shared.Create(peer, listener);

        public void ProxyRefused(System.Net.IPEndPoint proxy, string fault, bool isProbe) => shared.ProxyRefused(proxy, fault, isProbe);
    }
}
