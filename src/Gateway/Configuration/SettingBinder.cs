using System.Collections;
using System.Globalization;

namespace Gateway.Configuration;

/// <summary>Makes the options out of the tree and collects everything that is wrong on the way.</summary>
/// <remarks>Promises: every problem is found in one go; a value that is wrong leaves the default in its place.</remarks>
internal sealed class SettingBinder(List<ConfigurationProblem> problems, IReadOnlyCollection<string>? knownRules)
{
    private static readonly string[] Actions = ["allow", "tag", "quarantine", "reject"];
    private static readonly string[] ThresholdActions = ["tag", "quarantine", "reject"];

    /// <summary>Where each key that was given came from, by its whole name.</summary>
    public Dictionary<string, SettingOrigin> Origins { get; } = new(StringComparer.Ordinal);

    /// <summary>Sets the keys of a section on the options.</summary>
    public void BindSection(SettingSection section, SettingTree tree, string path, object options, bool isEntry = false)
    {
        if (tree.Value is { Length: > 0 } value)
        {
            problems.Add(new ConfigurationProblem(path, "is a section, not a value; its keys are " + string.Join(", ", section.Keys.Select(key => key.Name)))
            {
                Value = value,
                Origin = tree.Origin,
            });
        }

        foreach (SettingTree given in tree.Children)
        {
            if (section.Find(given.Name) is not { } key)
            {
                problems.Add(UnknownKey(section, given, path));
            }
            else if (Bind(key.Schema, given, $"{path}:{key.Name}", key.Property.GetValue(options), key.About) is { } bound)
            {
                key.Property.SetValue(options, bound);
            }
        }

        foreach (SettingKey key in section.Keys.Where(key => isEntry && key.About.Required && tree.Find(key.Name) is null))
        {
            problems.Add(new ConfigurationProblem($"{path}:{key.Name}", "must be given") { Origin = tree.Origin });
        }
    }

    private object? Bind(SettingSchema schema, SettingTree given, string path, object? before, SettingAttribute about)
    {
        switch (schema)
        {
            case SettingScalar scalar:
                return BindScalar(scalar.Kind, given, path, about);
            case SettingList list:
                return BindList(list, given, path, about);
            case SettingRules:
                return BindRules(given, path);
            default:
                BindSection((SettingSection)schema, given, path, before!);
                return null;
        }
    }

    private object? BindScalar(SettingKind kind, SettingTree given, string path, SettingAttribute about)
    {
        if (given.Children.Count > 0 || given.Value is null)
        {
            problems.Add(new ConfigurationProblem(path, $"is one value, not a section or list; expected {kind.Expected}") { Origin = given.Origin });
            return null;
        }

        return Parse(kind, given.Value, given.Origin, path, about);
    }

    private object? Parse(SettingKind kind, string text, SettingOrigin? origin, string path, SettingAttribute about)
    {
        object? value = about.MayBeEmpty && text.Length == 0 ? text : kind.Parse(text);
        if (value is null)
        {
            problems.Add(new ConfigurationProblem(path, kind.Refusal(text)) { Value = text, Origin = origin });
            return null;
        }

        if ((about.Minimum is not null && kind.Compare(value, kind.Parse(about.Minimum)!) < 0)
            || (about.Maximum is not null && kind.Compare(value, kind.Parse(about.Maximum)!) > 0))
        {
            problems.Add(new ConfigurationProblem(path, $"must be from {about.Minimum} to {about.Maximum}") { Value = text, Origin = origin });
            return null;
        }

        Origins[path] = origin!;
        return value;
    }

    private Array? BindList(SettingList list, SettingTree given, string path, SettingAttribute about)
    {
        ArrayList values = [];
        int before = problems.Count;
        Origins[path] = given.Origin!;
        if (given.Value is not null && list.Element is SettingScalar simple)
        {
            // One text for a whole list: entries with commas or blanks between them; the empty text is the empty list.
            foreach (string text in given.Value.Split([',', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
            {
                values.Add(Parse(simple.Kind, text, given.Origin, path, about));
            }
        }
        else if (given.Value is { Length: > 0 })
        {
            problems.Add(new ConfigurationProblem(path, "is a list of sections; give its entries as 0, 1, …") { Value = given.Value, Origin = given.Origin });
        }

        foreach (SettingTree entry in given.Children.OrderBy(entry => Index(entry.Name) ?? int.MaxValue))
        {
            string entryPath = $"{path}:{entry.Name}";
            if (Index(entry.Name) is null)
            {
                problems.Add(new ConfigurationProblem(entryPath, "is an entry of a list; its name must be a number from 0") { Origin = entry.Origin });
            }
            else if (list.Element is SettingScalar scalar)
            {
                values.Add(BindScalar(scalar.Kind, entry, entryPath, about));
            }
            else
            {
                object element = Activator.CreateInstance(list.ElementType)!;
                BindSection((SettingSection)list.Element, entry, entryPath, element, isEntry: true);
                values.Add(element);
            }
        }

        if (about.Required && values.Count == 0 && problems.Count == before)
        {
            problems.Add(new ConfigurationProblem(path, "needs at least one entry") { Origin = given.Origin });
        }

        return problems.Count == before ? values.ToArray(list.ElementType) : null;
    }

    /// <summary>Reads settings of rules by name, as they stand under <c>Gateway:Rules</c>.</summary>
    public Dictionary<string, ConfiguredRule> BindRules(SettingTree given, string path)
    {
        Dictionary<string, ConfiguredRule> rules = new(StringComparer.Ordinal);
        foreach (SettingTree rule in given.Children)
        {
            string name = rule.Name.ToLowerInvariant();
            string rulePath = $"{path}:{name}";
            if (knownRules is not null && !knownRules.Contains(name, StringComparer.Ordinal))
            {
                string hint = KeySuggestion.Nearest(name, knownRules) is { } near ? $"; did you mean \"{path}:{near}\"?" : "; see gateway rules list";
                problems.Add(new ConfigurationProblem(rulePath, "there is no such rule" + hint) { Value = rule.Value, Origin = rule.Origin });
            }
            else if (BindRule(rule, rulePath) is { } setting)
            {
                rules.Add(name, setting);
                Origins[rulePath] = rule.Origin!;
            }
        }

        return rules;
    }

    private ConfiguredRule? BindRule(SettingTree rule, string path)
    {
        Dictionary<string, long> thresholds = new(StringComparer.Ordinal);
        int before = problems.Count;
        foreach (SettingTree threshold in rule.Children)
        {
            string name = threshold.Name.ToLowerInvariant();
            if (!ThresholdActions.Contains(name, StringComparer.Ordinal))
            {
                problems.Add(new ConfigurationProblem($"{path}:{threshold.Name}", "unknown key; thresholds are Tag, Quarantine and Reject") { Origin = threshold.Origin });
            }
            else if (!ByteSize.TryParse(threshold.Value, CultureInfo.InvariantCulture, out ByteSize amount))
            {
                problems.Add(new ConfigurationProblem($"{path}:{threshold.Name}", "expected a count or a size such as 64KB")
                {
                    Value = threshold.Value,
                    Origin = threshold.Origin,
                });
            }
            else
            {
                thresholds[name] = amount.Bytes;
            }
        }

        string? action = rule.Value?.Trim().ToLowerInvariant();
        bool known = Actions.Contains(action, StringComparer.Ordinal);
        if (!known && (action is not null || rule.Children.Count == 0))
        {
            problems.Add(new ConfigurationProblem(path, "expected one of allow, tag, quarantine, reject, or thresholds such as { \"Tag\": 998 }")
            {
                Value = rule.Value,
                Origin = rule.Origin,
            });
        }

        return problems.Count == before ? new ConfiguredRule(action, thresholds) : null;
    }

    private static ConfigurationProblem UnknownKey(SettingSection section, SettingTree given, string path)
    {
        string? near = KeySuggestion.Nearest(given.Name, section.Keys.Select(key => key.Name)) is { } name
            ? $"{path}:{name}"
            : Elsewhere(SettingSchema.Root, GatewayConfiguration.Section, given.Name);
        string hint = near is null
            ? "; the keys here are " + string.Join(", ", section.Keys.Select(key => key.Name))
            : $"; did you mean \"{near}\"?";
        return new ConfigurationProblem($"{path}:{given.Name}", "unknown key" + hint) { Origin = given.Origin };
    }

    private static string? Elsewhere(SettingSection section, string path, string name) => section.Keys
        .Select(key => key.Name.Equals(name, StringComparison.OrdinalIgnoreCase) ? $"{path}:{key.Name}"
            : key.Schema is SettingSection inner ? Elsewhere(inner, $"{path}:{key.Name}", name) : null)
        .FirstOrDefault(found => found is not null);

    private static int? Index(string name) =>
        int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? index : null;
}
