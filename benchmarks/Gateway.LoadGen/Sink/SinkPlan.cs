using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.LoadGen.Sink;

/// <summary>Where the sink listens, and how it treats its guests.</summary>
internal sealed record SinkPlan
{
    public required IPEndPoint EndPoint { get; init; }

    /// <summary>How long it takes to say 250 behind the content.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>Share of transactions that get 451 behind the content; drawn anew for each.</summary>
    public double TempFail { get; init; }

    /// <summary>Share of messages behind whose content nothing is ever said; the same messages each time they come.</summary>
    public double Hang { get; init; }

    /// <summary>Share of transactions whose connection is closed behind the content, without an answer.</summary>
    public double Drop { get; init; }

    public bool OffersPipelining { get; init; } = true;

    public bool OffersChunking { get; init; } = true;

    /// <summary>For STARTTLS; null: not offered.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Relays may change the header: only the body is compared.</summary>
    public bool ComparesBody { get; init; }

    public bool HasFaults => TempFail > 0 || Hang > 0 || Drop > 0;
}
