using System.Globalization;

namespace Gateway.Mime;

/// <summary>Writes the rule reference for people from the catalogue.</summary>
/// <remarks><c>docs/rules.md</c> is its output; a test keeps the committed file current (GATEWAY_REGENERATE=1 rewrites it).</remarks>
public static class RuleReference
{
    /// <summary>Writes the whole reference as Markdown with LF line ends.</summary>
    public static void WriteMarkdown(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write("# Rules\n\nGenerated from the catalogue (`RuleReference.WriteMarkdown`); do not edit.\n\n");
        writer.Write("Actions: `reject` refuses while the client is there; `quarantine` accepts and holds; `tag` forwards byte for byte and records; ");
        writer.Write("`allow` counts only. The verdict on a message is the strongest action of its findings. Samples of every rule lie in ");
        writer.Write("`fuzz-corpus/rules/<rule>/`.\n\n| Group | Rule | Default | Bounces | Limits |\n|---|---|---|---|---|\n");
        foreach (Rule rule in RuleCatalogue.All.OrderBy(rule => rule.Group))
        {
            writer.Write($"| [{rule.Group}](#{Anchor(rule.Group)}) ");
            writer.Write($"| [{rule.Name}](#{rule.Name}) | {rule.Default.Name()} | {(rule.SoftenedForNullSender ? "tag" : string.Empty)} | {Limits(rule)} |\n");
        }

        foreach (IGrouping<RuleGroup, Rule> group in RuleCatalogue.All.GroupBy(rule => rule.Group).OrderBy(group => group.Key))
        {
            writer.Write($"\n## {group.Key}\n\n{Describe(group.Key)}\n");
            foreach (Rule rule in group)
            {
                WriteRule(writer, rule);
            }
        }
    }

    private static void WriteRule(TextWriter writer, Rule rule)
    {
        writer.Write($"\n### {rule.Name}\n\n{rule.Summary}\n\n");
        writer.Write($"- Rank {((int)rule.Code).ToString(CultureInfo.InvariantCulture)}, {Category(rule.Category)}\n");
        string triggers = string.Join(", ", rule.Triggers.Select(Place));
        writer.Write($"- Trigger: {(triggers.Length > 0 ? triggers : "outside the inspector (SMTP session, relay)")}\n");
        writer.Write($"- Clause: {rule.Clause}\n- Default action: {rule.Default.Name()}{(rule.SoftenedForNullSender ? "; tag for bounces (null sender)" : string.Empty)}{(rule.Mildest > RuleAction.Allow ? $"; cannot be milder than {rule.Mildest.Name()}" : string.Empty)}\n");
        if (rule.Grades.Length > 0)
        {
            writer.Write($"- Grades: {rule.Grades}\n");
        }

        if (rule.Thresholds is not null)
        {
            writer.Write($"- Limits: {Limits(rule)}\n");
        }

        if (rule.Example.Length > 0)
        {
            writer.Write($"- Example: `` {rule.Example} ``\n");
        }

        writer.Write($"- Reply when rejected: `{rule.ReplyCode.ToString(CultureInfo.InvariantCulture)} {rule.EnhancedCode} {rule.ReplyText}`\n");
        writer.Write($"- Why it is dangerous: {rule.Danger}\n- What the sender changes: {rule.Repair}\n");
    }

    private static string Anchor(RuleGroup group) => group.ToString().ToLowerInvariant();

    /// <summary>The file of a trigger below <c>src/Gateway.Mime</c>, without ending; the bare name for what the inspection itself finds.</summary>
    private static string Place(Type trigger) => $"`{trigger.FullName!["Gateway.Mime.".Length..].Replace('.', '/')}`";

    private static string Describe(RuleGroup group) => group switch
    {
        RuleGroup.Framing => "Line ends, octets and the end of data.",
        RuleGroup.Header => "Header blocks: their lines, their fields and what these say.",
        RuleGroup.Address => "Addresses in header fields.",
        RuleGroup.Structure => "Multiparts, delimiters and the MIME fields that declare them, and how the reading of them fails.",
        RuleGroup.Body => "What leaves hold: encodings, charsets, sizes.",
        RuleGroup.Payload => "Formats inside of bodies: calendars, TNEF, S/MIME, compressed files.",
        _ => "What sessions with senders and next hops show.",
    };

    private static string Limits(Rule rule)
    {
        if (rule.Thresholds is not { } limits)
        {
            return string.Empty;
        }

        IEnumerable<string> parts = new (string Action, long? Limit)[] { ("tag", limits.Tag), ("quarantine", limits.Quarantine), ("reject", limits.Reject) }
            .Where(part => part.Limit is not null)
            .Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Action} over {part.Limit}"));
        return $"{string.Join(", ", parts)} {limits.Unit}";
    }

    private static string Category(RuleCategory category) => category switch
    {
        RuleCategory.SmtpFraming => "SMTP framing",
        RuleCategory.HeaderSyntax => "header syntax",
        RuleCategory.HeaderSemantics => "header semantics",
        RuleCategory.MimeStructure => "MIME structure",
        RuleCategory.Ambiguity => "ambiguity",
        RuleCategory.Encodings => "encodings",
        RuleCategory.ResourceBomb => "resource bomb",
        _ => "downstream crasher",
    };
}
