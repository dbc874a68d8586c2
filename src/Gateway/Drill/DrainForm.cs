using Gateway.Demo;
using Gateway.Smtp.Protocol;

namespace Gateway.Drill;

/// <summary>How a mail system in maintenance turns mail away.</summary>
/// <param name="Name">In words.</param>
internal sealed record DrainForm(string Name)
{
    /// <summary>Where it says <see cref="Reply"/>; null when it says nothing of the kind.</summary>
    public CaptureStep? Step { get; init; }

    /// <summary>What it says.</summary>
    public SmtpReply? Reply { get; init; }

    /// <summary>It closes the connection behind the end of data and has not taken the message.</summary>
    public bool Closes { get; init; }

    /// <summary>It accepts connections and says nothing.</summary>
    public bool IsSilent { get; init; }

    /// <summary>421 to MAIL, as Exchange and Postfix say it.</summary>
    public static DrainForm At421 { get; } = Says(CaptureStep.Mail, 421, new EnhancedCode(4, 3, 2), "Service not available, draining");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<DrainForm> All { get; } =
    [
        Says(CaptureStep.Greeting, 421, new EnhancedCode(4, 3, 2), "Service not available, draining"), At421,
        Says(CaptureStep.Recipient, 421, new EnhancedCode(4, 3, 2), "Service not available, draining"),
        Says(CaptureStep.Data, 421, new EnhancedCode(4, 3, 2), "Service not available, draining"),
        Says(CaptureStep.Mail, 451, new EnhancedCode(4, 3, 0), "Temporary system problem"),
        Says(CaptureStep.Mail, 452, new EnhancedCode(4, 3, 1), "Insufficient system storage"),
        new("closes behind the end of data") { Closes = true }, new("silent after connect") { IsSilent = true },
    ];

    private static DrainForm Says(CaptureStep step, int code, EnhancedCode enhanced, string text) =>
        new($"{code} {enhanced} at step {step}") { Step = step, Reply = new SmtpReply(code, enhanced, text) };
}
