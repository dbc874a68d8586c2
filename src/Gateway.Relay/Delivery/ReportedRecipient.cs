using Gateway.Relay.Telemetry;
using Gateway.Smtp.Client;
using Gateway.Smtp.Protocol;

namespace Gateway.Relay.Delivery;

/// <summary>A recipient whose sender is told about it: it will not get the message, has to wait for it, or it went where nobody can tell.</summary>
/// <param name="Address">The forward-path.</param>
/// <param name="Status">RFC 3463 status: class 5 failed, class 4 expired or delayed, class 2 relayed.</param>
/// <param name="Diagnostic">What the host said, safe to show; printable.</param>
/// <param name="Host">The host that said it, or empty.</param>
public sealed record ReportedRecipient(string Address, string Status, string Diagnostic, string Host)
{
    /// <summary>The action of RFC 3464 section 2.3.3: <c>failed</c>, <c>delayed</c> or <c>relayed</c>.</summary>
    public string Action => IsRelayed ? "relayed" : IsDelayed ? "delayed" : "failed";

    /// <summary>True when it will not get the message.</summary>
    public bool IsFailed => !IsRelayed && !IsDelayed;

    /// <summary>True when it is still tried.</summary>
    public bool IsDelayed { get; private init; }

    /// <summary>True when the host took the message and cannot tell about success (RFC 3461 section 5.2.2).</summary>
    public bool IsRelayed { get; private init; }

    /// <summary>True when a person ordered that its sender be told.</summary>
    public bool IsOrdered { get; private init; }

    /// <summary>True when it failed for want of an extension: the same octets may be too much for the way back as well.</summary>
    internal bool LacksCapability { get; private init; }

    /// <summary>True when it failed because no host takes it with REQUIRETLS.</summary>
    internal bool NeedsRequireTls { get; private init; }

    internal static ReportedRecipient Refused(RecipientOutcome outcome, DeliveryReport report) => new(
        outcome.Recipient,
        outcome.Status.ToString(),
        LogText.Reply(outcome.Reply?.ToString() ?? report.Detail ?? DeliveryText.Describe(outcome.Outcome, report.Reached)),
        outcome.Reply is null ? string.Empty : report.Host.Host)
    {
        NeedsRequireTls = report.NeedsRequireTls,
        LacksCapability = outcome.Outcome == DeliveryOutcome.CapabilityMissing,
    };

    internal static ReportedRecipient Expired(string recipient, string last) =>
        new(recipient, "4.4.7", $"delivery time expired; last answer: {last}", string.Empty);

    /// <summary>An administrator gives it up.</summary>
    internal static ReportedRecipient Returned(string recipient, string reason) => new(recipient, "5.0.0", reason, string.Empty) { IsOrdered = true };

    /// <summary>Not delivered for a long time; the last answer's own status, if it had one.</summary>
    internal static ReportedRecipient Delayed(string recipient, string last)
    {
        string[] words = last.Split(' ', 3);
        bool hasStatus = words.Length > 1 && EnhancedCode.TryParse(words[1], out EnhancedCode said, out _) && said.Class == 4;
        // What begins with no reply code is a failure of ours to reach anybody (RFC 3463: no answer from host).
        bool isReply = words[0].Length == 3 && words[0].All(char.IsAsciiDigit);
        string status = hasStatus ? words[1] : isReply ? "4.0.0" : "4.4.1";
        return new(recipient, status, last.Length == 0 ? "no host could be reached" : last, string.Empty) { IsDelayed = true };
    }

    internal static ReportedRecipient Relayed(RecipientOutcome outcome, DeliveryReport report) =>
        new(outcome.Recipient, "2.0.0", LogText.Reply(outcome.Reply?.ToString() ?? string.Empty), report.Host.Host) { IsRelayed = true };
}
