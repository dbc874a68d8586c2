using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using Gateway.Mime.Catalogue;

namespace Gateway.Mime;

/// <summary>Every rule there is: the single source for policy, reports, metric tags, documentation and tests.</summary>
/// <remarks>
/// A new rule is one row in its group's table under <c>Catalogue/</c>, its trigger in the group's folder under <c>Rules/</c>, and its samples.
/// </remarks>
public static class RuleCatalogue
{
    /// <summary>One more than the largest rule number; the size of an array indexed by <see cref="RuleCode"/>.</summary>
    internal const int CodeSpace = 128;

    private static readonly Rule?[] ByCode = new Rule?[CodeSpace];
    private static readonly FrozenDictionary<string, Rule> ByName = Index();

    /// <summary>All rules, by number.</summary>
    public static IReadOnlyList<Rule> All { get; } = [.. ByName.Values.OrderBy(rule => rule.Code)];

    /// <summary>The rule of a number.</summary>
    /// <remarks>Fails: <see cref="ArgumentOutOfRangeException"/> for a number that no rule has.</remarks>
    public static Rule Get(RuleCode code) =>
        (int)code < CodeSpace && ByCode[(int)code] is { } rule ? rule : throw new ArgumentOutOfRangeException(nameof(code), code, "No rule has this number.");

    /// <summary>The rule of a name, in any case.</summary>
    public static bool TryGet(string name, [NotNullWhen(true)] out Rule? rule) => ByName.TryGetValue(name, out rule);

    /// <summary>The name that a mistyped one was probably meant to be; null when none is near.</summary>
    public static string? Nearest(string name) => NearestName.Find(name, ByName.Keys);

    private static IEnumerable<(RuleGroup Group, Rule[] Rows)> Tables =>
    [
        (RuleGroup.Framing, FramingRules.All), (RuleGroup.Header, HeaderRules.All), (RuleGroup.Address, AddressRules.All),
        (RuleGroup.Structure, StructureRules.All), (RuleGroup.Body, BodyRules.All), (RuleGroup.Payload, PayloadRules.All),
        (RuleGroup.Session, SessionRules.All),
    ];

    private static FrozenDictionary<string, Rule> Index()
    {
        List<Rule> rules = [];
        foreach ((RuleGroup group, Rule[] rows) in Tables)
        {
            foreach (Rule rule in rows)
            {
                rule.Group = group;
                ByCode[(int)rule.Code] = rule;
                rules.Add(rule);
            }
        }

        return rules.ToFrozenDictionary(rule => rule.Name, StringComparer.OrdinalIgnoreCase);
    }
}
