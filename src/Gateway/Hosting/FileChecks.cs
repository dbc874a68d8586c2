using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Gateway.Configuration;
using Gateway.Faults;
using Gateway.Smtp.Client;
using Gateway.Smtp.Server.Auth;
using Gateway.Smtp.Server;
using Gateway.Smtp.Transport;

namespace Gateway.Hosting;

/// <summary>The files and folders that a configuration names, read by the code that a start and a connection read them with.</summary>
/// <remarks>
/// Promises: <c>config check</c> and a start both ask here and say what is here, word for word: an error ends the start (78), a warning does not. Changes nothing on disk.
/// </remarks>
internal static class FileChecks
{
    private const string Section = GatewayConfiguration.Section;

    private static readonly TimeSpan SoonOver = TimeSpan.FromDays(14);

    /// <summary>What is wrong with the data directory, the management socket and the files of listeners, users and routes.</summary>
    /// <param name="options">The options.</param>
    /// <param name="now">Whether a certificate is still good is judged at this time.</param>
    public static IEnumerable<ConfigurationProblem> Find(GatewayOptions options, DateTimeOffset now) =>
        OfPlaces(options).Concat(OfListeners(options.Listeners, now)).Concat(OfUsers(options.Auth.UsersFile)).Concat(OfRoutes(options.Relay, now));

    /// <summary>What is wrong with the files of routes; a start and a reload go on with it.</summary>
    /// <param name="relay">The routes.</param>
    /// <param name="now">Whether a certificate is still good is judged at this time.</param>
    public static IEnumerable<ConfigurationProblem> OfRoutes(RelayOptions relay, DateTimeOffset now)
    {
        IEnumerable<(string Key, RouteConnectionOptions Route)> routes = relay.Routes
            .Select((r, i) => (string.Create(CultureInfo.InvariantCulture, $"{Section}:Relay:Routes:{i}"), (RouteConnectionOptions)r))
            .Append(($"{Section}:Relay:DefaultRoute", relay.DefaultRoute)).Append(($"{Section}:Relay:Bounces:Route", relay.Bounces.Route));
        return routes.SelectMany(route => OfRoute(route.Key, route.Route, now));
    }

    /// <summary>A sentence about a certificate that has ended or ends within 14 days; null for a good one.</summary>
    public static string? EndOf(string file, DateTimeOffset end, DateTimeOffset now) => end > now + SoonOver ? null : string.Create(
        CultureInfo.InvariantCulture, $"the certificate '{file}' {(end < now ? "has expired" : "ends")} on {end.UtcDateTime:u}");

    private static IEnumerable<ConfigurationProblem> OfPlaces(GatewayOptions options)
    {
        if (File.Exists(options.DataDirectory))
        {
            yield return new ConfigurationProblem($"{Section}:DataDirectory", $"'{options.DataDirectory}' is a file and no folder");
        }

        if (!Api.ManagementEndPoint.IsUnixSocket(options.Management.Endpoint.ToString(), out string path))
        {
            yield break;
        }

        string? folder = Path.GetDirectoryName(path);
        // The start makes the data directory, and no other.
        string? fault = Directory.Exists(folder) || folder == Path.GetFullPath(options.DataDirectory) ? ManagementSocket.FaultOf(path) : $"cannot listen on unix:{path}: there is no such folder";
        if (fault is not null)
        {
            yield return new ConfigurationProblem($"{Section}:Management:Endpoint", fault);
        }
    }

    private static IEnumerable<ConfigurationProblem> OfListeners(IReadOnlyList<ListenerOptions> listeners, DateTimeOffset now) =>
        from listener in listeners.Index()
        let tls = listener.Item.Tls
        where tls.Mode != TlsMode.None
        from pair in tls.Certificates.Index()
        let key = string.Create(CultureInfo.InvariantCulture, $"{Section}:Listeners:{listener.Index}:Tls:Certificates:{pair.Index}")
        let problem = OfPair(new CertificateFiles(pair.Item.CertificateFile, pair.Item.KeyFile), key, isDefault: pair.Index == 0, now)
        where problem is not null
        select problem;

    private static IEnumerable<ConfigurationProblem> OfUsers(string file) =>
        file.Length > 0 && Fault(() => UserList.Read(file)) is string fault ? [new ConfigurationProblem($"{Section}:Auth:UsersFile", fault)] : [];

    private static IEnumerable<ConfigurationProblem> OfRoute(string key, RouteConnectionOptions route, DateTimeOffset now)
    {
        DownstreamAccess access = RouteSettings.AccessOf(route);
        foreach ((string file, string fault) in DownstreamFiles.FaultsOf(access))
        {
            bool isPassword = file == access.PasswordFile;
            yield return new ConfigurationProblem(key + (isPassword ? ":Auth:PasswordFile" : ":Tls"), fault + What(route)) { IsWarning = true };
        }

        if (DownstreamFiles.EndOf(access) is DateTimeOffset end && EndOf(access.CertificateFile, end, now) is string over)
        {
            yield return new ConfigurationProblem(key + ":Tls", over) { IsWarning = true };
        }
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

        return EndOf(files.CertificateFile, new DateTimeOffset(leaf!.NotAfter), now) is string over ? new ConfigurationProblem(key, over) { IsWarning = true } : null;
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
