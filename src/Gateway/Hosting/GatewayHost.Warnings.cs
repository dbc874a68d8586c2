using System.Globalization;

namespace Gateway.Hosting;

/// <content>What a person should look after.</content>
internal sealed partial class GatewayHost
{
    private readonly ConfigurationStamp _stamp;

    /// <summary>What a person should look after although mail is taken, one sentence each.</summary>
    public IReadOnlyList<string> Warnings =>
    [
        .. ((string?[])[Relay.Warning, OfFiles(), HostWarnings.OfHolds(Relay.Delivery.Totals().OnHold)]).OfType<string>(),
        .. HostWarnings.OfRoutes(Relay.Delivery.Routes()),
        .. HostWarnings.OfCertificates(_secrets.Ends, _settings.Time.GetUtcNow()),
        .. HostWarnings.OfConfiguration(_settings.Reloading?.Last, _stamp.IsNewer),
    ];

    // The files themselves are named in the log and the answer of a reload: health is readable for everyone.
    private string? OfFiles() => _secrets.Faults.Count is > 0 and int count
        ? string.Create(CultureInfo.InvariantCulture, $"FilesUnusable: {count} certificates or users files cannot be used; the log names them")
        : null;
}
