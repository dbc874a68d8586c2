using System.Net;

namespace Gateway.Configuration;

/// <summary>What an exception leaves of a rule.</summary>
internal enum ExceptionAction
{
    /// <summary>Forwarded and recorded.</summary>
    Tag,

    /// <summary>Forwarded and counted only.</summary>
    Allow,
}

/// <summary>Settings of rules for some mail.</summary>
internal sealed class PolicyOptions
{
    [Setting("What to call it in listings and in the log.", Required = true)]
    public string Name { get; init; } = "";

    [Setting("Listeners it is for, by Name or by Endpoint as configured; all when none is given.")]
    public IReadOnlyList<string> Listeners { get; init; } = [];

    [Setting("Networks of clients it is for, in CIDR form; all when none is given.")]
    public IReadOnlyList<IPNetwork> Networks { get; init; } = [];

    [Setting("Domains of envelope senders it is for; `*.example.org` stands for all names below. All when none is given.")]
    public IReadOnlyList<DomainPattern> SenderDomains { get; init; } = [];

    [Setting("Domains of envelope recipients it is for; all when none is given. Of a message to several recipients the strictest action counts.")]
    public IReadOnlyList<DomainPattern> RecipientDomains { get; init; } = [];

    [Setting("`true`: nothing of this mail is quarantined or refused, only tagged, except what has no exceptions. To try rules out before they count.")]
    public Choice WarnOnly { get; init; }

    [Setting("What the rules do to this mail.")]
    public IReadOnlyDictionary<string, ConfiguredRule> Rules { get; init; } = new Dictionary<string, ConfiguredRule>(StringComparer.Ordinal);
}

/// <summary>Yes or no.</summary>
internal enum Choice
{
    /// <summary>No.</summary>
    False,

    /// <summary>Yes.</summary>
    True,
}

/// <summary>One rule that is softened for some mail, for a while.</summary>
internal sealed class ExceptionOptions
{
    [Setting("What to call it: in `gateway rules exceptions` and in the metric `gateway_exceptions_used_total`.", Required = true)]
    public string Name { get; init; } = "";

    [Setting("The rule (`gateway rules list`). Rules about smuggling, and `parser-fault`, have no exceptions; of `nul-byte` only NUL in the body has.", Required = true)]
    public string Rule { get; init; } = "";

    [Setting("What is left of the rule: `tag` records, `allow` only counts.")]
    public ExceptionAction Action { get; init; } = ExceptionAction.Tag;

    [Setting("Listeners it is for, by Name or by Endpoint as configured.")]
    public IReadOnlyList<string> Listeners { get; init; } = [];

    [Setting("Networks of clients it is for, in CIDR form.")]
    public IReadOnlyList<IPNetwork> Networks { get; init; } = [];

    [Setting("Domains of envelope senders it is for.")]
    public IReadOnlyList<DomainPattern> SenderDomains { get; init; } = [];

    [Setting("Domains of envelope recipients it is for.")]
    public IReadOnlyList<DomainPattern> RecipientDomains { get; init; } = [];

    [Setting("Why it is needed, for whoever asks in a year.", Required = true)]
    public string Reason { get; init; } = "";

    [Setting("Who answers for it.", Required = true)]
    public string Author { get; init; } = "";

    [Setting("When it ends: a date, `2027-03-31` (the end of that day, UTC), or a time, `2027-03-31T12:00:00Z`.", Required = true)]
    public Expiry Expires { get; init; }
}
