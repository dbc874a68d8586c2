using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Gateway.Api;
using Gateway.Configuration;
using Gateway.Faults;

namespace Gateway.Hosting;

/// <summary>What stands in the way of a start outside of the configuration: rights of the user, addresses of the machine.</summary>
/// <remarks>Promises: nothing is made or changed; an address is bound for a moment and never listened on.</remarks>
internal static class WorldChecks
{
    /// <summary>Whether this user can work in the data directory.</summary>
    public static ConfigurationProblem? OfDataDirectory(string directory) =>
        ProcessUser.MayWriteIn(directory) is > 0 and int errno
            ? Problem("DataDirectory", directory, $"cannot be written: {Marshal.GetPInvokeErrorMessage(errno)}; {SystemFailure.Remedy(errno)}")
            : null;

    /// <summary>Whether each address can be listened on.</summary>
    /// <param name="settings">The listeners and the management interface.</param>
    /// <param name="isForAnother">The capabilities are not those that the service will have.</param>
    public static IEnumerable<ConfigurationProblem> OfAddresses(GatewayHostSettings settings, bool isForAnother)
    {
        for (int i = 0; i < settings.Listeners.Count; i++)
        {
            string key = string.Create(CultureInfo.InvariantCulture, $"Listeners:{i}:Endpoint");
            if (OfAddress(key, settings.Listeners[i].EndPoint, isForAnother) is ConfigurationProblem problem)
            {
                yield return problem;
            }
        }

        // A socket's place is looked at by the start, which makes room there.
        if (!ManagementEndPoint.IsUnixSocket(settings.Management, out _)
            && OfAddress("Management:Endpoint", ManagementEndPoint.Parse(settings.Management), isForAnother) is ConfigurationProblem management)
        {
            yield return management;
        }
    }

    private static ConfigurationProblem? OfAddress(string key, IPEndPoint endPoint, bool isForAnother) => BoundSockets.Try(endPoint) switch
    {
        null => null,
        { SocketErrorCode: SocketError.AddressAlreadyInUse } => Problem(
            key, endPoint.ToString(), "is in use now, which is right when this gateway runs; a start needs it free ('ss -ltnp' shows who has it)") with { IsWarning = true },
        { SocketErrorCode: SocketError.AccessDenied } denied => Problem(key, endPoint.ToString(), SystemFailure.Of(denied, endPoint)) with { IsWarning = isForAnother },
        SocketException other => Problem(key, endPoint.ToString(), SystemFailure.Of(other, endPoint)),
    };

    private static ConfigurationProblem Problem(string key, string value, string message) => new($"{GatewayConfiguration.Section}:{key}", message) { Value = value };
}
