using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Gateway.Configuration;
using Gateway.Faults;
using Gateway.Smtp.Client;
using Gateway.Smtp.Server.Auth;
using Gateway.Smtp.Server;
using Gateway.Smtp.Transport;

namespace Gateway.Hosting;

/// <summary>The files that a configuration names, read by the code that a start and a connection read them with.</summary>
/// <remarks>
/// Promises: what is an error here ends a start in the same words, and nothing else about files does. What is a warning here is an error in the log of a start.
/// </remarks>
internal static class FileChecks
{
    private static readonly TimeSpan SoonOver = TimeSpan.FromDays(14);

    /// <summary>What is wrong with the files of listeners, users and routes.</summary>
    /// <param name="options">The options.</param>
    /// <param name="now">Whether a certificate is still good is judged at this time.</param>
    public static IEnumerable<ConfigurationProblem> Find(GatewayOptions options, DateTimeOffset now)
    {
        for (int i = 0; i < options.Listeners.Count; i++)
        {
            TlsOptions tls = options.Listeners[i].Tls;
            for (int n = 0; n < tls.Certificates.Count && tls.Mode != TlsMode.None; n++)
            {
                CertificateFiles files = new(tls.Certificates[n].CertificateFile, tls.Certificates[n].KeyFile);
                string key = string.Create(CultureInfo.InvariantCulture, $"{GatewayConfiguration.Section}:Listeners:{i}:Tls:Certificates:{n}");
                if (OfPair(files, key, isDefault: n == 0, now) is ConfigurationProblem problem)
                {
                    yield return problem;
                }
            }
        }

        if (options.Auth.UsersFile is { Length: > 0 } users && Fault(() => UserList.Read(users)) is string fault)
        {
            yield return new ConfigurationProblem($"{GatewayConfiguration.Section}:Auth:UsersFile", fault);
        }

        foreach (ConfigurationProblem problem in OfRoutes(options.Relay))
        {
            yield return problem;
        }
    }

    /// <summary>What is wrong with the files of routes; a start and a reload go on with it.</summary>
    public static IEnumerable<ConfigurationProblem> OfRoutes(RelayOptions relay)
    {
        IEnumerable<(string Key, RouteConnectionOptions Route)> routes = relay.Routes
            .Select((r, i) => (string.Create(CultureInfo.InvariantCulture, $"Relay:Routes:{i}"), (RouteConnectionOptions)r))
            .Append(("Relay:DefaultRoute", relay.DefaultRoute)).Append(("Relay:Bounces:Route", relay.Bounces.Route));
        return from route in routes
               from fault in DownstreamFiles.FaultsOf(RouteSettings.AccessOf(route.Route))
               select new ConfigurationProblem($"{GatewayConfiguration.Section}:{route.Key}:Tls", fault + What(route.Route)) { IsWarning = true };
    }

    private static string What(RouteConnectionOptions route) => route.Tls.Mode switch
    {
        DownstreamTls.None => "; it is not used, because Tls:Mode is none",
        DownstreamTls.Opportunistic => "; mail of this route is encrypted without it",
        _ => "; mail of this route waits until it can be used",
    };

    private static ConfigurationProblem? OfPair(CertificateFiles files, string key, bool isDefault, DateTimeOffset now)
    {
        X509Certificate2? leaf = null;
        if (Fault(() => leaf = CertificatePair.Read(files).Leaf) is string fault)
        {
            return isDefault ? new ConfigurationProblem(key, fault) : new ConfigurationProblem(key, fault + "; the listener starts without it") { IsWarning = true };
        }

        DateTime end = leaf!.NotAfter.ToUniversalTime();
        return end > now.UtcDateTime + SoonOver ? null : new ConfigurationProblem(
            key, string.Create(CultureInfo.InvariantCulture, $"the certificate '{files.CertificateFile}' {(end < now.UtcDateTime ? "has expired" : "ends")} on {end:u}")) { IsWarning = true };
    }

    private static string? Fault(Action read)
    {
        try
        {
            read();
            return null;
        }
        catch (Exception e) when (FileContent.IsFault(e))
        {
            return SystemFailure.Of(e);
        }
    }
}
