using System.Globalization;

namespace Gateway.Mime;

/// <summary>What configuration says about one rule: an action, limits, or both.</summary>
/// <remarks>
/// The action replaces the rule's default; findings of the rule that are milder than its default stay milder and are never made
/// stronger by it. Limits exist only for rules that measure something.
/// </remarks>
/// <param name="Action">The action instead of the rule's default; null keeps it.</param>
/// <param name="Tag">The limit above which the rule tags; null keeps it, -1 switches it off.</param>
/// <param name="Quarantine">The limit above which the rule holds; null keeps it, -1 switches it off.</param>
/// <param name="Reject">The limit above which the rule refuses; null keeps it, -1 switches it off.</param>
public readonly record struct RuleSetting(RuleAction? Action = null, long? Tag = null, long? Quarantine = null, long? Reject = null)
{
    /// <summary>The limit value that switches a limit off.</summary>
    public const long Off = -1;

    /// <summary>True when any limit is given.</summary>
    public bool HasLimits => Tag is not null || Quarantine is not null || Reject is not null;

    /// <summary>Reads <c>tag</c>, or limits such as <c>tag&gt;64KB quarantine&gt;128KB</c>.</summary>
    /// <param name="text">Actions: allow, tag, quarantine, reject. Limits: action, <c>&gt;</c>, a count with an optional KB or MB, or <c>off</c>; separated by blanks or commas.</param>
    /// <param name="setting">The setting read.</param>
    /// <param name="error">What is wrong, for people; empty on success.</param>
    public static bool TryParse(string text, out RuleSetting setting, out string error)
    {
        setting = default;
        foreach (string word in text.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int at = word.IndexOf('>', StringComparison.Ordinal);
            string name = at < 0 ? word : word[..at];
            if (!TryParseAction(name, out RuleAction action))
            {
                error = $"'{name}' is no action; actions are allow, tag, quarantine and reject";
                return false;
            }

            if (at < 0)
            {
                setting = setting with { Action = action };
            }
            else if (!TryParseLimit(word[(at + 1)..], out long limit) || action == RuleAction.Allow)
            {
                error = $"'{word}' is no limit; write for example tag>64KB, quarantine>1000 or reject>off";
                return false;
            }
            else
            {
                setting = setting.WithLimit(action, limit);
            }
        }

        error = setting == default ? "the setting is empty; give an action or limits" : string.Empty;
        return error.Length == 0;
    }

    /// <summary>Reads the name of an action, in any case; <c>off</c> means allow.</summary>
    public static bool TryParseAction(string text, out RuleAction action)
    {
        (action, bool known) = text.ToUpperInvariant() switch
        {
            "ALLOW" or "OFF" => (RuleAction.Allow, true),
            "TAG" => (RuleAction.Tag, true),
            "QUARANTINE" => (RuleAction.Quarantine, true),
            "REJECT" => (RuleAction.Reject, true),
            _ => (RuleAction.Allow, false),
        };
        return known;
    }

    /// <summary>Reads a limit: a count with an optional KB or MB (1024-based), or <c>off</c>.</summary>
    public static bool TryParseLimit(string text, out long limit)
    {
        limit = Off;
        if (text.Equals("off", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        long unit = 1;
        if (text.EndsWith("KB", StringComparison.OrdinalIgnoreCase))
        {
            unit = 1024;
        }
        else if (text.EndsWith("MB", StringComparison.OrdinalIgnoreCase))
        {
            unit = 1024 * 1024;
        }

        string digits = unit == 1 ? text : text[..^2].TrimEnd();
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long count) || count > long.MaxValue / unit)
        {
            return false;
        }

        limit = count * unit;
        return true;
    }

    private RuleSetting WithLimit(RuleAction action, long limit) => action switch
    {
        RuleAction.Tag => this with { Tag = limit },
        RuleAction.Quarantine => this with { Quarantine = limit },
        _ => this with { Reject = limit },
    };
}
