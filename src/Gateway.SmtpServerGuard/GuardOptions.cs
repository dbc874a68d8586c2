using Gateway.Mime;

namespace Gateway.SmtpServerGuard;

/// <summary>What a <see cref="MessageGuard"/> lets through and where it puts the rest.</summary>
public sealed record GuardOptions
{
    /// <summary>The rules to judge by. Default: those of the catalogue.</summary>
    public RulePolicy Policy { get; init; } = RulePolicy.Default;

    /// <summary>Octets of a message; a larger one is refused with 552 5.3.4. Default 50 MiB.</summary>
    public int MaxMessageBytes { get; init; } = 50 * 1024 * 1024;

    /// <summary>Recipients of a message; the next one is refused with 452 4.5.3. Default 1,000.</summary>
    public int MaxRecipients { get; init; } = 1000;

    /// <summary>Where mail goes that a rule holds; null to refuse it.</summary>
    public IHeldMail? Held { get; init; }

    /// <summary>Called with each inspected message before it is stored, held or refused. An exception makes the reply 451.</summary>
    public Action<GuardedMail>? Judged { get; init; }

    /// <summary>Called with each exception that was answered with 451, so that it can be logged.</summary>
    public Action<Exception>? Faulted { get; init; }
}
