using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using Gateway.Mime.Catalogue;

namespace Gateway.Mime;

/// <summary>Every rule there is: the single source for policy, reports, metric tags, documentation and tests.</summary>
/// <remarks>A new rule is one row in a table under <c>Catalogue/</c>, its trigger under <c>Rules/</c>, and its samples.</remarks>
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

    private static FrozenDictionary<string, Rule> Index()
    {
        Rule[] rules =
        [
            .. SignatureRules.All, .. FieldRules.All, .. ContentFieldRules.All, .. CompositeRules.All, .. BodyRules.All, .. SessionRules.All, .. CommandRules.All,
            .. FramingRules.All, .. HeaderRules.All, .. StructureRules.All, .. ContentRules.All, .. ResourceRules.All,
            .. FieldValueRules.All, .. AddressRules.All, .. ParameterRules.All, .. PayloadRules.All,
        ];
        foreach (Rule rule in rules)
        {
            ByCode[(int)rule.Code] = rule;
        }

        return rules.ToFrozenDictionary(rule => rule.Name, StringComparer.OrdinalIgnoreCase);
    }
}
