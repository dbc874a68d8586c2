using System.Globalization;
using System.Text;
using Gateway.Mime;
using Gateway.Relay.Message;

namespace Gateway.Relay.Delivery.Poison;

/// <summary>What a poison message takes along into the quarantine: every attempt with its steps and times.</summary>
internal static class Evidence
{
    /// <summary>The rule of all findings made here.</summary>
    public static Rule Rule { get; } = RuleCatalogue.Get(RuleCode.DownstreamPoison);

    /// <summary>The verdict with one finding for each attempt.</summary>
    public static QuarantineReason Of(IReadOnlyList<AttemptNote> journal, ulong fingerprint) => new()
    {
        WorstRule = Rule.Name,
        Fingerprint = fingerprint.ToString("x16", CultureInfo.InvariantCulture),
        Findings =
        [
            .. journal.Select((note, i) => new QuarantineFinding(
                Rule.Name, RuleAction.Quarantine.Name(), 0, 0, 1, string.Empty, note.Reply,
                Convert.ToHexStringLower(Encoding.UTF8.GetBytes(note.Reply)), Rule.Clause,
                string.Create(CultureInfo.InvariantCulture, $"attempt {i + 1}: {AttemptJournal.Describe(note)}"))),
        ],
    };
}
