using Gateway.Mime;

namespace Gateway.Relay.Policy;

/// <summary>Which mail an entry of the policy is for: every list that is not empty must match, with any of its members.</summary>
public sealed record PolicyScope
{
    /// <summary>Names of listeners.</summary>
    public IReadOnlyList<string> Listeners { get; init; } = [];

    /// <summary>Networks of clients; null for all.</summary>
    public NetworkList? Networks { get; init; }

    /// <summary>Domains of envelope senders: <c>example.org</c>, or <c>*.example.org</c> for all below it.</summary>
    public IReadOnlyList<string> SenderDomains { get; init; } = [];

    /// <summary>Domains of envelope recipients, in the same form.</summary>
    public IReadOnlyList<string> RecipientDomains { get; init; } = [];

    /// <summary>The scope in words, for listings.</summary>
    public override string ToString()
    {
        IEnumerable<string> parts = new (string Name, IEnumerable<string> Members)[]
        {
            ("listener", Listeners), ("client", Networks?.Networks.Select(n => n.ToString()) ?? []), ("from", SenderDomains), ("to", RecipientDomains),
        }.Where(p => p.Members.Any()).Select(p => $"{p.Name} {string.Join(',', p.Members)}");
        return string.Join("; ", parts.DefaultIfEmpty("all mail"));
    }
}

/// <summary>One entry of the policy: what is laid over the rules for the mail of a scope.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Scope">Which mail it is for.</param>
/// <param name="Layer">What it says.</param>
public sealed record PolicyEntry(string Name, PolicyScope Scope, RuleLayer Layer)
{
    /// <summary>From when on it counts no more.</summary>
    public DateTimeOffset Expires { get; init; } = DateTimeOffset.MaxValue;

    /// <summary>Why it exists; required of an exception.</summary>
    public string Reason { get; init; } = string.Empty;

    /// <summary>Who answers for it; required of an exception.</summary>
    public string Author { get; init; } = string.Empty;
}
