using System.Collections.Frozen;
using System.Net;

namespace Gateway.Api.Door;

/// <summary>The names under which the management interface may be asked for what needs no token.</summary>
/// <remarks>
/// A web page can point a name of its own at our address and read what answers to it (DNS rebinding), but it cannot make a browser send another
/// name than the page's. So addresses, <c>localhost</c>, our own names and those of the configuration are answered, and others are not.
/// Threads: any.
/// </remarks>
/// <param name="hostName">Our name in SMTP; a reload may change it.</param>
/// <param name="more">Further names, from <c>Management:HostNames</c>.</param>
internal sealed class HostNames(Func<string> hostName, IEnumerable<string> more)
{
    private readonly FrozenSet<string> _names =
        more.Append("localhost").Append(Environment.MachineName).ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a request with this Host field is answered; one without a name (HTTP/1.0) is no browser's.</summary>
    public bool Contains(HostString host) => !host.HasValue || _names.Contains(host.Host)
        || host.Host.Equals(hostName(), StringComparison.OrdinalIgnoreCase) || IPAddress.TryParse(host.Host.Trim('[', ']'), out _);
}
