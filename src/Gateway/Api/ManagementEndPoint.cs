using System.Net;

namespace Gateway.Api;

/// <summary>Where the management API listens: <c>ip:port</c> or <c>unix:/path</c>.</summary>
public static class ManagementEndPoint
{
    /// <summary>The file in the data directory that names the address really listened on, for the commands.</summary>
    public const string FileName = "management.endpoint";

    private const string UnixPrefix = "unix:";

    /// <summary>True for <c>unix:/path</c>, with the path.</summary>
    public static bool IsUnixSocket(string endpoint, out string path)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        bool unix = endpoint.StartsWith(UnixPrefix, StringComparison.Ordinal);
        path = unix ? endpoint[UnixPrefix.Length..] : string.Empty;
        return unix;
    }

    /// <summary>Reads <c>ip:port</c>.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static IPEndPoint Parse(string endpoint) => IPEndPoint.Parse(endpoint);
}
