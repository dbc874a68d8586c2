using System.Globalization;
using Gateway.Mime;

namespace Gateway.Configuration;

/// <summary>What is wrong, or odd, with the settings of the quarantine as a whole.</summary>
internal static class QuarantineChecks
{
    /// <summary>Adds what is wrong.</summary>
    public static void Check(GatewayOptions options, Action<string, string?, string> refuse, Action<string, string?, string> warn)
    {
        QuarantineOptions quarantine = options.Quarantine;
        Times("Quarantine:KeepWhenFull", quarantine.KeepWhenFull, quarantine.Keep, refuse);
        for (int i = 0; i < quarantine.Reasons.Count; i++)
        {
            ReasonOptions reason = quarantine.Reasons[i];
            string path = string.Create(CultureInfo.InvariantCulture, $"Quarantine:Reasons:{i}");
            if (!RuleCatalogue.TryGet(reason.Rule, out _))
            {
                string hint = RuleCatalogue.Nearest(reason.Rule) is { } near ? $"; did you mean '{near}'?" : "; see gateway rules list";
                refuse($"{path}:Rule", reason.Rule, $"is no rule{hint}");
            }

            Times($"{path}:KeepWhenFull", reason.KeepWhenFull, reason.Keep, refuse);
        }

        foreach (string twice in quarantine.Reasons.GroupBy(r => r.Rule, StringComparer.OrdinalIgnoreCase).Where(g => g.Skip(1).Any()).Select(g => g.Key))
        {
            refuse("Quarantine:Reasons", twice, "has two entries");
        }

        if (quarantine.MinimumFreeBytes < options.Spool.MinimumFreeBytes)
        {
            warn("Quarantine:MinimumFreeBytes", quarantine.MinimumFreeBytes.ToString(), "is below Spool:MinimumFreeBytes: malformed mail can take the room that clean mail needs");
        }

        Share("Quarantine:ClientBytes", quarantine.ClientBytes.ToString(), quarantine.ClientBytes.Bytes, quarantine.Bytes.Bytes, "Bytes", warn);
        Share(
            "Quarantine:ClientMessages", quarantine.ClientMessages.ToString(CultureInfo.InvariantCulture), quarantine.ClientMessages, quarantine.Messages, "Messages", warn);
    }

    private static void Times(string key, Duration whenFull, Duration keep, Action<string, string?, string> refuse)
    {
        if (whenFull > keep)
        {
            refuse(key, whenFull.ToString(), $"is longer than Keep ({keep})");
        }
    }

    private static void Share(string key, string text, long share, long all, string name, Action<string, string?, string> warn)
    {
        if (all > 0 && share > all)
        {
            warn(key, text, $"is above Quarantine:{name}: one client can fill the quarantine");
        }
    }
}
