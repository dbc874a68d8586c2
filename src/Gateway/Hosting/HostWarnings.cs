using System.Globalization;
using Gateway.Api;
using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Telemetry;

namespace Gateway.Hosting;

/// <summary>What a person should look after although mail is taken, one sentence each, the same for status, health and command line.</summary>
/// <remarks>Each begins with a word that a script can look for. Cost: reads the state of all routes.</remarks>
internal static class HostWarnings
{
    /// <summary>Routes that are named one by one; of more only the number is said.</summary>
    private const int MostNamed = 20;

    private static readonly TimeSpan SoonOver = TimeSpan.FromDays(14);

    /// <summary>Paused routes and hosts that are down.</summary>
    public static IEnumerable<string> OfRoutes(IReadOnlyList<RouteStatus> routes)
    {
        string[] all =
        [
            .. routes.Where(static r => r.Pause is not null && r.Origin is null).Select(static r => $"RoutePaused: route {r.Name} {r.Pause}"),
            .. from route in routes from host in route.Hosts where host.DownSeconds is not null select $"HostDown: route {route.Name}, host {host.Host} {host.State}",
        ];
        return all.Length <= MostNamed ? all : [.. all.Take(MostNamed), string.Create(CultureInfo.InvariantCulture, $"HostDown: {all.Length - MostNamed} more, see gateway route list")];
    }

    /// <summary>Mail on hold in the queue.</summary>
    public static string? OfHolds(int onHold) => onHold == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"OnHold: {onHold} messages of the queue are on hold (gateway queue list --state on-hold)");

    /// <summary>Certificates that end soon.</summary>
    public static IEnumerable<string> OfCertificates(IEnumerable<(string File, DateTimeOffset End)> ends, DateTimeOffset now) =>
        from certificate in ends
        where certificate.End <= now + SoonOver
        // The name alone: health is readable for everyone.
        select string.Create(
            CultureInfo.InvariantCulture,
            $"CertificateEnds: {LogText.Escape(Path.GetFileName(certificate.File), 100)} {(certificate.End <= now ? "has expired" : "ends")} on {certificate.End:yyyy-MM-dd HH:mm'Z'}");

    /// <summary>What of the configuration is not in force.</summary>
    public static IEnumerable<string> OfConfiguration(ReloadReport? last, bool isNewerOnDisk)
    {
        if (last is { Accepted: false })
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"ConfigurationRefused: the last reload found {last.Problems.Count} mistakes, generation {last.Generation} stays (gateway config check)");
        }

        if (last is { NeedRestart.Count: > 0 })
        {
            yield return $"RestartNeeded: for {string.Join(", ", last.NeedRestart)}";
        }

        if (isNewerOnDisk)
        {
            yield return "ConfigurationNewer: the file was changed after it was read (gateway reload)";
        }
    }
}
