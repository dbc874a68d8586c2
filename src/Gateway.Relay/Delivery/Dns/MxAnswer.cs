namespace Gateway.Relay.Delivery.Dns;

/// <summary>What DNS says about where mail of a domain goes.</summary>
internal enum MxKind
{
    /// <summary>There are hosts.</summary>
    Hosts,

    /// <summary>The domain takes no mail. RFC 7505.</summary>
    NullMx,

    /// <summary>There is no such domain.</summary>
    NoDomain,

    /// <summary>The domain has neither MX nor address records.</summary>
    NoHost,
}

/// <summary>One mail host of a domain.</summary>
/// <param name="Preference">The lowest is tried first.</param>
/// <param name="Name">Its name, without a dot at the end.</param>
internal readonly record struct MxHost(int Preference, string Name);

/// <summary>An answer of DNS about where mail of a domain goes.</summary>
/// <param name="Kind">What it says.</param>
/// <param name="Hosts">The hosts, in no order; empty but for <see cref="MxKind.Hosts"/>.</param>
internal sealed record MxAnswer(MxKind Kind, IReadOnlyList<MxHost> Hosts);
