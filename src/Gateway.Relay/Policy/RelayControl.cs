using System.Net;
using Gateway.Smtp.Protocol;

namespace Gateway.Relay.Policy;

/// <summary>Who may send mail to whom through this gateway; closed by default.</summary>
/// <remarks>
/// A client of an allowed network may send anywhere. A stranger may send only to our relay domains, and not with a local part
/// that asks the system behind us to route it on: <c>user%other@ours</c>, <c>other!user@ours</c>, <c>"user@other"@ours</c>.
/// Source: RFC 5321 section 7.1 and appendix C; Postfix's <c>allow_untrusted_routing = no</c>.
/// Threads: immutable.
/// </remarks>
public sealed class RelayControl
{
    private readonly NetworkList _networks;
    private readonly HashSet<string> _domains;
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _names;
    private readonly string[] _parents;

    /// <summary>Makes the control.</summary>
    /// <param name="networks">Clients that may relay anywhere.</param>
    /// <param name="domains">In A-labels: domains anyone may send to; <c>*.example.org</c> means all its subdomains.</param>
    public RelayControl(NetworkList networks, IEnumerable<string> domains)
    {
        ArgumentNullException.ThrowIfNull(domains);
        _networks = networks;
        string[] all = [.. domains];
        _domains = all.Where(d => !d.StartsWith("*.", StringComparison.Ordinal)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        _names = _domains.GetAlternateLookup<ReadOnlySpan<char>>();
        _parents = [.. all.Where(d => d.StartsWith("*.", StringComparison.Ordinal)).Select(d => d[1..])];
    }

    /// <summary>True for a client of an allowed network.</summary>
    public bool IsAllowed(IPAddress client) => _networks.Contains(client);

    /// <summary>The reply that refuses this client this recipient, or null when it may.</summary>
    public SmtpReply? Refuse(IPAddress client, MailPath recipient)
    {
        ArgumentNullException.ThrowIfNull(recipient);
        if (IsAllowed(client))
        {
            return null;
        }

        bool routed = recipient.LocalPart.AsSpan().ContainsAny("%!@");
        return !routed && IsOurs(recipient.Domain) ? null : Replies.RelayDenied;
    }

    /// <summary>The bare <c>postmaster</c> has no domain; whoever takes mail for a domain must take it too (RFC 5321 section 4.5.1).</summary>
    private bool IsOurs(string domain) => domain.Length == 0 ? _domains.Count + _parents.Length > 0 : IsOurs(DomainForm.Comparable(domain));

    private bool IsOurs(ReadOnlySpan<char> domain)
    {
        if (_names.Contains(domain))
        {
            return true;
        }

        foreach (string parent in _parents)
        {
            if (domain.EndsWith(parent, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
