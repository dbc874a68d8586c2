using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Gateway.Mime;
using Gateway.Relay.Blocks;
using Gateway.Relay.Message;
using Gateway.Relay.Telemetry;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;

namespace Gateway.Relay.Intake;

/// <summary>Turns what the inspection found into the forms that the reply, the log and the quarantine need.</summary>
internal static class Verdicts
{
    /// <summary>The finding that decided.</summary>
    public static Finding Worst(InspectionReport report) =>
        report.Decisive ?? throw new InvalidOperationException("A verdict that holds or refuses has no finding.");

    /// <summary>The names of the rules that found something, for the log; <c>none</c> for a clean message.</summary>
    public static string RuleNames(InspectionReport report) => report.Findings.Count == 0
        ? "none"
        : string.Join(',', report.Findings.Where(f => f.Action > RuleAction.Allow).Select(f => f.RuleName).Distinct(StringComparer.Ordinal).DefaultIfEmpty("none"));

    /// <summary>The reply that refuses a message: code and text of the rule, the id as the key to the log.</summary>
    public static SmtpReply Refusal(Finding worst, MessageId id) => Refusal(RuleCatalogue.Get(worst.Rule), id);

    /// <summary>The same for a rule that nobody can set otherwise.</summary>
    public static SmtpReply Refusal(Rule rule, MessageId id)
    {
        return EnhancedCode.TryParse(rule.EnhancedCode, out EnhancedCode enhanced, out _)
            ? new SmtpReply(rule.ReplyCode, enhanced, $"{rule.ReplyText} (rule {rule.Name}, id {id})")
            : new SmtpReply(550, new EnhancedCode(5, 6, 0), $"Malformed message (rule {rule.Name}, id {id})");
    }

    /// <summary>What stands in place of a rule's name for mail that a block of an administrator stopped. No rule has it.</summary>
    public const string BlockedRule = "blocked";

    /// <summary>Why a message is quarantined.</summary>
    /// <param name="report">The inspection's.</param>
    /// <param name="peer">Whose session it is.</param>
    /// <param name="told">Lines of the session that an earlier quarantined message has.</param>
    /// <param name="block">What an administrator stopped it by; null when a rule did.</param>
    public static QuarantineReason QuarantineReason(InspectionReport report, SmtpPeer peer, int told, Block? block) => new()
    {
        Session = QuarantineSessionLine.Of(peer.Recorder, told),
        SessionName = peer.SessionId,
        WorstRule = block is null ? Worst(report).RuleName : BlockedRule,
        Findings = block is null ? [.. report.Findings.Select(Stored)] : [Stored(block), .. report.Findings.Select(Stored)],
        Subject = report.Subject ?? string.Empty,
        HeaderFrom = report.From ?? string.Empty,
        HeaderMessageId = report.MessageId ?? string.Empty,
        Fingerprint = Fingerprint(report),
    };

    /// <summary>A hash of structure and rules, stored with every message: mails of one kind have the same.</summary>
    /// <remarks>Cost: no allocation.</remarks>
    public static ulong Shape(InspectionReport report)
    {
        Span<long> facts = [report.PartCount, report.MaxDepth, 0, 0];
        foreach (Finding finding in report.Findings)
        {
            facts[2 + (((int)finding.Rule >> 6) & 1)] |= 1L << ((int)finding.Rule & 63);
        }

        return XxHash3.HashToUInt64(MemoryMarshal.AsBytes(facts));
    }

    /// <summary>True when something was found of a kind that readers have stumbled over before.</summary>
    public static bool IsRisky(InspectionReport report)
    {
        foreach (Finding finding in report.Findings)
        {
            if (finding.Action >= RuleAction.Tag && RuleCatalogue.Get(finding.Rule).Category
                is RuleCategory.Ambiguity or RuleCategory.ResourceBomb or RuleCategory.DownstreamCrasher)
            {
                return true;
            }
        }

        return false;
    }

    private static QuarantineFinding Stored(Block block) => new(
        BlockedRule, RuleAction.Quarantine.Name(), 0, 0, 1, string.Empty, string.Empty, string.Empty, string.Empty,
        LogText.Escape($"block {block.Id} ({MemberName.Of(block.Kind)} {block.Value}) by {block.Author}: {block.Reason}"));

    private static QuarantineFinding Stored(Finding finding) => new(
        finding.RuleName, finding.Action.Name(), finding.Offset, finding.Length, finding.Line, finding.Part,
        finding.ExcerptEscaped, finding.ExcerptHex, finding.Clause, finding.Detail);

    /// <summary>Equal for mails with the same rules and the same structure, whatever their text: a flood shows as one group.</summary>
    public static string Fingerprint(InspectionReport report)
    {
        string shape = $"{string.Join(',', report.Findings.Select(f => f.RuleName).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))}|{report.PartCount}|{report.MaxDepth}";
        return XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(shape)).ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
    }
}
