using Gateway.Mime.Rules.Header;
using static Gateway.Mime.RuleAction;

namespace Gateway.Mime.Catalogue;

/// <content>Rows about DKIM, ARC and Authentication-Results.</content>
internal static partial class HeaderRules
{
    private static Rule[] Signatures =>
    [
        new(RuleCode.DkimHeaderBomb, "dkim-header-bomb", Quarantine)
        {
            Category = RuleCategory.ResourceBomb,
            Triggers = [typeof(SignatureFields)],
            Clause = "RFC 6376 3.5; RFC 8617 4.2.1",
            Summary = "More DKIM-Signature fields than any real mail has, more than 50 ARC sets, one such field over 32 KiB, or a NUL in one.",
            Grades = "tag; quarantine for a NUL in a signature field",
            Thresholds = new RuleThresholds(20, null, null, "signatures"),
            Danger = "A verifier asks DNS and computes for each of them; a NUL makes the name that is asked for another one than the name that is shown.",
            Example = @"DKIM-Signature: v=1; d=example.org\x00.attacker.example; s=a; ...",
            Repair = "Sign a message once for each domain; remove signatures that a change has broken.",
            ReplyText = "Malformed or too many signatures",
        },
        new(RuleCode.AuthenticationResultsInjection, "authentication-results-injection", Tag)
        {
            Category = RuleCategory.HeaderSemantics,
            Triggers = [typeof(SignatureFields)],
            Clause = "RFC 8601 5",
            Summary = "An Authentication-Results field that comes in with this host's own name as its author.",
            Danger = "Filters behind this host trust results in its name: a sender who writes them passes as authenticated.",
            Example = @"Authentication-Results: mx.gateway.example; dmarc=pass header.from=bank.example",
            Repair = "Remove Authentication-Results of other hosts before sending; write only your own.",
            ReplyText = "Authentication results in the name of this host",
        },
        new(RuleCode.DkimBodyLengthTag, "dkim-body-length-tag", Tag)
        {
            Category = RuleCategory.Ambiguity,
            Triggers = [typeof(SignatureFields)],
            Clause = "RFC 6376 3.5, 8.2",
            Summary = "A DKIM signature whose l= covers only the beginning of the canonical body.",
            Danger = "Anyone can append content behind the signed part, another MIME part included, and the signature still verifies.",
            Example = @"DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=a; l=42; ...",
            Repair = "Sign without l=.",
            ReplyText = "Signature covers only part of the body",
        },
    ];
}
