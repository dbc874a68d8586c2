using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Configuration;

/// <summary>Where HTTP is listened for: <c>127.0.0.1:8025</c>, <c>[::1]:8025</c> or <c>unix:/run/gateway/api.sock</c>.</summary>
[TypeConverter(typeof(ParsableConverter<ListenAddress>))]
internal sealed class ListenAddress : IParsable<ListenAddress>, IEquatable<ListenAddress>
{
    /// <summary>Octets of a socket path that Linux accepts (<c>sun_path</c> without its final NUL).</summary>
    public const int LongestPath = 107;

    private ListenAddress(IPEndPoint? tcp, string? unixPath)
    {
        Tcp = tcp;
        UnixPath = unixPath;
    }

    /// <summary>The address and port; null for a unix socket. Port 0 asks the system for a free one.</summary>
    public IPEndPoint? Tcp { get; }

    /// <summary>The absolute path of the unix socket; null for TCP.</summary>
    public string? UnixPath { get; }

    /// <summary>Whether only this machine can connect.</summary>
    public bool IsLocal => Tcp is null || IPAddress.IsLoopback(Tcp.Address);

    /// <summary>A TCP address.</summary>
    public static ListenAddress FromTcp(IPEndPoint endpoint) => new(endpoint, null);

    /// <inheritdoc/>
    public static ListenAddress Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out ListenAddress? address) ? address : throw new FormatException($"\"{s}\" is not ip:port, [ipv6]:port or unix:/path");

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out ListenAddress result)
    {
        string text = s?.Trim() ?? "";
        if (text.StartsWith("unix:", StringComparison.Ordinal))
        {
            string path = text["unix:".Length..];
            bool usable = path.StartsWith('/') && System.Text.Encoding.UTF8.GetByteCount(path) <= LongestPath && !path.Contains('\0', StringComparison.Ordinal);
            result = usable ? new ListenAddress(null, path) : null;
            return usable;
        }

        result = TryParseTcp(text, out IPEndPoint? endpoint) ? new ListenAddress(endpoint, null) : null;
        return result is not null;
    }

    /// <summary>Reads <c>ip:port</c> or <c>[ipv6]:port</c>; the port must be there.</summary>
    public static bool TryParseTcp(string text, [NotNullWhen(true)] out IPEndPoint? endpoint)
    {
        endpoint = null;
        int colon = text.LastIndexOf(':');
        if (colon < 0
            || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
        {
            return false;
        }

        ReadOnlySpan<char> host = text.AsSpan(0, colon);
        bool bracketed = host.Length > 2 && host[0] == '[' && host[^1] == ']';
        if (!IPAddress.TryParse(bracketed ? host[1..^1] : host, out IPAddress? address)
            || bracketed != (address.AddressFamily == AddressFamily.InterNetworkV6)
            // IPAddress reads "1" and "0x7f.1" as inet_aton does; nobody means that in a configuration.
            || (!bracketed && host.Count('.') != 3))
        {
            return false;
        }

        endpoint = new IPEndPoint(address, port);
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(ListenAddress? other) => other is not null && Equals(Tcp, other.Tcp) && string.Equals(UnixPath, other.UnixPath, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ListenAddress);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Tcp, UnixPath);

    /// <inheritdoc/>
    public override string ToString() => Tcp?.ToString() ?? "unix:" + UnixPath;
}
