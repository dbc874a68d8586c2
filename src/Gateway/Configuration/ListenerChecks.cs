using System.Globalization;
using System.Net;
using Gateway.Smtp.Server;

namespace Gateway.Configuration;

/// <summary>Settings of listeners that contradict each other, and those that are allowed but rarely meant.</summary>
internal static class ListenerChecks
{
    /// <summary>Adds what is wrong with the listeners.</summary>
    /// <param name="options">All options.</param>
    /// <param name="refuse">Takes key, value and message of a mistake.</param>
    /// <param name="warn">Takes the same of a warning.</param>
    public static void Check(GatewayOptions options, Action<string, string?, string> refuse, Action<string, string?, string> warn)
    {
        CheckEngines(options, refuse);
        for (int i = 0; i < options.Listeners.Count; i++)
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"Listeners:{i}");
            CheckTls(path, options.Listeners[i].Tls, refuse);
            CheckAuth(path, options.Listeners[i], options.Auth, refuse, warn);
            CheckAccess(path, options.Listeners[i], options, warn);
            CheckEngine(path, options.Listeners[i], options, warn);
            if (HasOwn(options.Listeners[i]) && options.Listeners.Count(l => PolicyChecks.NameOf(l) == PolicyChecks.NameOf(options.Listeners[i])) > 1)
            {
                refuse(path + ":Name", null, "must be given, because another listener has the same Endpoint and they are not for the same clients");
            }
        }
    }

    /// <summary>What trusted hosts would say in vain.</summary>
    private static void CheckEngines(GatewayOptions options, Action<string, string?, string> refuse)
    {
        if (options.Relay.XclientNetworks.Count > 0 && options.Listeners.Count > 0 && options.Listeners.All(l => l.Engine == SmtpEngine.SmtpServer))
        {
            refuse("Relay:XclientNetworks", null, "no listener speaks XCLIENT: Engine is smtpserver on all of them");
        }
    }

    private static void CheckEngine(string path, ListenerOptions listener, GatewayOptions options, Action<string, string?, string> warn)
    {
        if (listener.Engine != SmtpEngine.SmtpServer)
        {
            return;
        }

        if (options.Relay.XclientNetworks.Count > 0 && options.Listeners.Any(l => l.Engine == SmtpEngine.Kestrel))
        {
            warn($"{path}:Engine", "smtpserver", "trusted hosts cannot say XCLIENT or XFORWARD here");
        }

        if (OffersAuth(listener, options.Auth))
        {
            warn($"{path}:Engine", "smtpserver", "AUTH is PLAIN and LOGIN only here, no SCRAM-SHA-256");
        }
    }

    /// <summary>True where clients of the listener can authenticate.</summary>
    public static bool OffersAuth(ListenerOptions listener, AuthOptions auth) =>
        listener.Auth != ListenerAuth.None && listener.Tls.Mode != TlsMode.None && auth.UsersFile.Length > 0;

    private static void CheckTls(string path, TlsOptions tls, Action<string, string?, string> refuse)
    {
        if (tls.Mode != TlsMode.None && tls.Certificates.Count == 0)
        {
            refuse($"{path}:Tls:Certificates", null, "needs at least one entry, because Mode is not none");
        }
        else if (tls.Mode == TlsMode.None && tls.Certificates.Count > 0)
        {
            refuse($"{path}:Tls:Mode", "none", "must be optional, required or implicit, because certificates are given");
        }
    }

    private static void CheckAuth(
        string path, ListenerOptions listener, AuthOptions auth, Action<string, string?, string> refuse, Action<string, string?, string> warn)
    {
        if (listener.Auth != ListenerAuth.Required)
        {
            return;
        }

        if (listener.Tls.Mode == TlsMode.None)
        {
            refuse($"{path}:Auth", "required", "nobody could send: AUTH is offered under TLS only, and Tls:Mode is none");
        }

        if (auth.UsersFile.Length == 0)
        {
            refuse($"{path}:Auth", "required", "nobody could send: Auth:UsersFile is not given");
        }

        if (listener.AllowedNetworks is { Count: > 0 })
        {
            warn($"{path}:AllowedNetworks", null, "these clients must authenticate like all others, because Auth is required");
        }

        if (listener.Domains is { Count: > 0 })
        {
            warn($"{path}:Domains", null, "has no effect: Auth is required, and who has authenticated may send to any domain");
        }
    }

    private static void CheckAccess(string path, ListenerOptions listener, GatewayOptions options, Action<string, string?, string> warn)
    {
        if (!OffersAuth(listener, options.Auth) && (listener.AllowedNetworks ?? options.Relay.AllowedNetworks).Count == 0
            && (listener.Domains ?? options.Relay.Domains).Count == 0)
        {
            warn(path, listener.Endpoint.ToString(), "takes mail of nobody: it has neither AllowedNetworks nor Domains, and AUTH is not offered");
        }

        if (listener.Auth != ListenerAuth.Required && listener.AllowedNetworks?.Any(n => n.PrefixLength == 0) == true && !IPAddress.IsLoopback(listener.Endpoint.Address))
        {
            warn($"{path}:AllowedNetworks", null, "every client may send to every domain: this is an open relay unless a firewall stands in front");
        }

        if (listener.Limits.MessageBytes is { Bytes: < 64 << 10 } size)
        {
            warn($"{path}:Limits:MessageBytes", size.ToString(), "RFC 5321 section 4.5.3.1.7 asks for 64KB at least");
        }

        if (listener.Limits.Recipients is < 100 and int recipients)
        {
            warn($"{path}:Limits:Recipients", recipients.ToString(CultureInfo.InvariantCulture), "RFC 5321 section 4.5.3.1.8 asks for 100 at least");
        }
    }

    private static bool HasOwn(ListenerOptions listener) => listener.AllowedNetworks is not null || listener.Domains is not null
        || listener.Limits.MessageBytes is not null || listener.Limits.Recipients is not null || listener.Limits.CountsForItself;
}
