using System.Net;
using Gateway.LoadGen.Account;
using Gateway.LoadGen.Mail;
using Gateway.LoadGen.Measure;

namespace Gateway.LoadGen.Source;

/// <summary>How TLS is begun.</summary>
internal enum TlsMode
{
    None,

    /// <summary>By STARTTLS.</summary>
    StartTls,

    /// <summary>With the first octet.</summary>
    Implicit,
}

/// <summary>How the source talks to the target.</summary>
internal sealed record SourcePlan
{
    public required IPEndPoint Target { get; init; }

    /// <summary>Messages of one connection; 0 for no limit.</summary>
    public int Reuse { get; init; }

    public bool Pipelining { get; init; } = true;

    public bool Bdat { get; init; }

    public TlsMode Tls { get; init; }

    public int Recipients { get; init; } = 1;

    public string Sender { get; init; } = "load@example.org";

    /// <summary>Domain of the recipients r0@, r1@ ...</summary>
    public string RecipientDomain { get; init; } = "example.net";
}

/// <summary>One stream of mail on one loop: its sessions, its messages, its pace.</summary>
internal sealed record LanePlan
{
    public required SourcePlan Source { get; init; }

    public required int Sessions { get; init; }

    public required MessageMix Mix { get; init; }

    public required ArrivalSchedule Schedule { get; init; }

    public required Ledger Ledger { get; init; }

    public required LoadMeter Meter { get; init; }

    /// <summary>Over which time the sessions begin; in an open loop the rate rises instead.</summary>
    public TimeSpan Ramp { get; init; }
}
