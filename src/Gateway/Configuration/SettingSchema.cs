using System.Reflection;

namespace Gateway.Configuration;

/// <summary>The keys that exist, read once from the options classes.</summary>
internal abstract record SettingSchema
{
    /// <summary>The whole: what the section <c>Gateway</c> may hold.</summary>
    public static SettingSection Root { get; } = (SettingSection)Of(typeof(GatewayOptions));

    /// <summary>True for a key, as <see cref="ConfigurationDescription"/> writes it, whose new value counts after a restart only.</summary>
    public static bool NeedsRestart(string key)
    {
        SettingSchema? at = Root;
        foreach (string part in key.Split(':').Skip(1))
        {
            // The number of an entry is no name of a key.
            at = at is SettingList list ? list.Element : at;
            if ((at as SettingSection)?.Find(part) is SettingKey found)
            {
                if (found.About.Restart)
                {
                    return true;
                }

                at = found.Schema;
            }
        }

        return false;
    }

    private static SettingSchema Of(Type type)
    {
        if (SettingKind.Of(type) is { } kind)
        {
            return new SettingScalar(kind);
        }

        if (type == typeof(IReadOnlyDictionary<string, ConfiguredRule>))
        {
            return new SettingRules();
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
        {
            Type element = type.GetGenericArguments()[0];
            return new SettingList(element, Of(element));
        }

        return new SettingSection(
            type,
            type.GetProperties()
                .Select(property => new SettingKey(property, property.GetCustomAttribute<SettingAttribute>()!, Of(property.PropertyType)))
                .ToArray());
    }
}

/// <summary>One value.</summary>
internal sealed record SettingScalar(SettingKind Kind) : SettingSchema;

/// <summary>Values or sections by number.</summary>
internal sealed record SettingList(Type ElementType, SettingSchema Element) : SettingSchema;

/// <summary>Overrides by rule name.</summary>
internal sealed record SettingRules : SettingSchema;

/// <summary>Keys by name.</summary>
internal sealed record SettingSection(Type Type, IReadOnlyList<SettingKey> Keys) : SettingSchema
{
    /// <summary>The key of a name in any letter case; null when there is none.</summary>
    public SettingKey? Find(string name) => Keys.FirstOrDefault(key => key.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}

/// <summary>One key of a section.</summary>
internal sealed record SettingKey(PropertyInfo Property, SettingAttribute About, SettingSchema Schema)
{
    /// <summary>The key as it is written.</summary>
    public string Name => Property.Name;
}
