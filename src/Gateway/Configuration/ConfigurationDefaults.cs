using System.Collections;

namespace Gateway.Configuration;

/// <summary>The defaults that depend on the machine and its environment.</summary>
internal static class ConfigurationDefaults
{
    private const string Product = "gateway";

    /// <summary>Options with nothing configured; the data directory is empty when the environment names no place for it.</summary>
    public static GatewayOptions For(IDictionary environment) => new()
    {
        HostName = HostName(Environment.MachineName),
        DataDirectory = DataDirectory(environment) ?? "",
    };

    /// <summary>The machine's name, if it can be said in SMTP; <c>localhost</c> otherwise.</summary>
    public static string HostName(string machineName) => DomainPattern.IsDomain(machineName) ? machineName.ToLowerInvariant() : "localhost";

    /// <summary>The state directory of systemd or of the user; null when neither can be told.</summary>
    /// <remarks>Source: systemd.exec(5) StateDirectory (several are separated by colons); XDG base directory specification (relative paths are ignored).</remarks>
    public static string? DataDirectory(IDictionary environment)
    {
        string state = Variable(environment, "XDG_STATE_HOME");
        string home = Variable(environment, "HOME");
        return StateDirectory(environment)
            ?? (Path.IsPathRooted(state) ? Path.Combine(state, Product) : Path.IsPathRooted(home) ? Path.Combine(home, ".local", "state", Product) : null);
    }

    /// <summary>The state directory that systemd gave this process; null outside of a service.</summary>
    public static string? StateDirectory(IDictionary environment) => FirstDirectory(environment, "STATE_DIRECTORY");

    /// <summary>The runtime directory that systemd gave this process; null outside of a service.</summary>
    /// <remarks>Source: systemd.exec(5) RuntimeDirectory.</remarks>
    public static string? RuntimeDirectory(IDictionary environment) => FirstDirectory(environment, "RUNTIME_DIRECTORY");

    private static string? FirstDirectory(IDictionary environment, string name) =>
        Variable(environment, name).Split(':')[0] is var first && Path.IsPathRooted(first) ? first : null;

    private static string Variable(IDictionary environment, string name) => environment[name] as string ?? "";
}
