using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gateway.Relay.Telemetry;
using Gateway.Spool.Storage;

namespace Gateway.Faults;

/// <summary>What the operating system refuses, in words for the person who can mend it.</summary>
/// <remarks>Promises: one sentence that names the file or address, what the system said, and what to do; nothing in it drives a terminal.</remarks>
internal static class SystemFailure
{
    private const string UnprivilegedPorts = "/proc/sys/net/ipv4/ip_unprivileged_port_start";
    private const int MostText = 1000;
    private const int UsualUnprivilegedPort = 1024;

    /// <summary>True for what calls of the system may throw.</summary>
    public static bool IsOne(Exception fault) => fault is IOException or UnauthorizedAccessException or SocketException;

    /// <summary>What was refused about a file or folder, without a full stop at the end.</summary>
    public static string Of(Exception fault)
    {
        int errno = SystemError.Of(fault);
        string message = fault.Message.TrimEnd('.');
        // The framework says "access is denied" where a folder is opened as a file.
        if (errno == SystemError.IsFolder || (errno == SystemError.Access && Directory.Exists(Path(message))))
        {
            return LogText.Escape($"'{Path(message)}' is a folder, where a file is wanted", MostText);
        }

        return LogText.Escape(Remedy(errno) is string remedy ? $"{message}; {remedy}" : message, MostText);
    }

    /// <summary>Why an address cannot be listened on, without a full stop at the end.</summary>
    /// <param name="fault">What binding the socket threw.</param>
    /// <param name="endPoint">The address.</param>
    public static string Of(SocketException fault, EndPoint endPoint) => fault.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => "the address is in use by another program; 'ss -ltnp' shows which",
        SocketError.AccessDenied when endPoint is IPEndPoint { Port: var port } => string.Create(
            CultureInfo.InvariantCulture,
            $"{Me()} may not open a port below {FirstUnprivilegedPort()}; give the service AmbientCapabilities=CAP_NET_BIND_SERVICE, or set net.ipv4.ip_unprivileged_port_start={port}"),
        SocketError.AddressNotAvailable when endPoint is IPEndPoint =>
            "this machine does not have the address now; correct it, start behind network-online.target, or set net.ipv4.ip_nonlocal_bind=1 for an address that comes later",
        SocketError.AddressNotAvailable when endPoint is UnixDomainSocketEndPoint => "there is no such folder; make it, for a service by RuntimeDirectory=",
        SocketError.AddressFamilyNotSupported => "this machine has no IPv6; listen on an IPv4 address",
        _ => Of(fault),
    };

    /// <summary>What to do about an error number; null where nothing better is known than what the system says.</summary>
    public static string? Remedy(int errno) => errno switch
    {
        SystemError.Access or SystemError.NotPermitted => $"{Me()} may not do that: let that user in, or use sudo",
        SystemError.NoEntry => "make it, or correct the path",
        SystemError.NotFolder => "a part of the path is a file",
        SystemError.NoSpace or SystemError.QuotaExceeded => "make room on that volume",
        SystemError.ReadOnly => "the file system is read-only there; of a service with ProtectSystem=strict only StateDirectory= and ReadWritePaths= are writable",
        SystemError.OpenFiles or SystemError.SystemFiles => "raise LimitNOFILE= of the service",
        SystemError.InputOutput => "the disk does not answer; the kernel's log says more",
        _ => null,
    };

    private static string Me() => Environment.UserName is { Length: > 0 } name ? $"user {name}" : "this user";

    /// <summary>The path that the framework's messages have in quotes.</summary>
    private static string Path(string message)
    {
        int from = message.IndexOf('\'', StringComparison.Ordinal);
        int to = message.LastIndexOf('\'');
        return to > from ? message[(from + 1)..to] : message;
    }

    private static int FirstUnprivilegedPort()
    {
        try
        {
            return int.Parse(File.ReadAllText(UnprivilegedPorts), CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return UsualUnprivilegedPort;
        }
    }
}
