using System.Collections;
using Gateway.Api;
using Gateway.Configuration;
using Gateway.Hosting;

namespace Gateway.Commands;

/// <summary>Finds the data directory of the gateway that a command is about, where neither configuration nor environment name it.</summary>
/// <remarks>
/// A service has its data directory from systemd, which a shell does not have. Looked at in this order: the directory of this user, if a gateway
/// runs there; the one that a service names in its runtime directory; systemd's own place for it; again that of this user, for what is said then.
/// Threads: any.
/// </remarks>
/// <param name="runtime">The runtime directory of the service.</param>
/// <param name="state">The state directory of the service.</param>
internal sealed class InstanceSearch(string runtime, string state)
{
    /// <summary>Where systemd puts the directories of the unit in the documentation.</summary>
    public static InstanceSearch OfMachine { get; } = new("/run/gateway", "/var/lib/gateway");

    /// <summary>The data directory.</summary>
    /// <param name="configuration">The configuration as it was read.</param>
    /// <param name="options">Its options.</param>
    /// <param name="environment">The variables of the process.</param>
    public string Find(GatewayConfiguration configuration, GatewayOptions options, IDictionary environment)
    {
        bool isNamed = configuration.Origins.ContainsKey($"{GatewayConfiguration.Section}:{nameof(GatewayOptions.DataDirectory)}")
            || ConfigurationDefaults.StateDirectory(environment) is not null;
        return isNamed || File.Exists(Path.Combine(options.DataDirectory, ManagementEndPoint.FileName)) ? options.DataDirectory
            : Pointer() ?? (Directory.Exists(state) ? state : options.DataDirectory);
    }

    private string? Pointer()
    {
        try
        {
            return File.ReadLines(Path.Combine(runtime, InstanceFiles.PointerName)).FirstOrDefault() is string path && Path.IsPathRooted(path) ? path : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
