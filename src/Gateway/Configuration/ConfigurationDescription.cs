using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gateway.Configuration;

/// <summary>Writes the effective configuration down.</summary>
internal static class ConfigurationDescription
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The options as a file that <see cref="GatewayConfiguration.Load"/> reads back as the same options.</summary>
    /// <param name="options">What to write.</param>
    /// <param name="given">Write only the keys in it; null for all. Pass <see cref="GatewayConfiguration.Origins"/> to leave out the defaults.</param>
    public static string ToJson(GatewayOptions options, IReadOnlyDictionary<string, SettingOrigin>? given = null)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes, Indented))
        {
            json.WriteStartObject();
            json.WritePropertyName(GatewayConfiguration.Section);
            Write(json, SettingSchema.Root, options, GatewayConfiguration.Section, given);
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    /// <summary>Every effective value as one row: its key, the value, and what set it (<c>default</c> when nothing did).</summary>
    public static IEnumerable<(string Key, string Value, string Source)> ToRows(
        GatewayOptions options, IReadOnlyDictionary<string, SettingOrigin> origins, bool onlyGiven = false) =>
        Rows(SettingSchema.Root, options, GatewayConfiguration.Section, origins, "default").Where(row => !onlyGiven || row.Source != "default");

    private static IEnumerable<(string Key, string Value, string Source)> Rows(
        SettingSchema schema, object value, string path, IReadOnlyDictionary<string, SettingOrigin> origins, string inherited)
    {
        string source = origins.GetValueOrDefault(path)?.ToString() ?? inherited;
        return schema switch
        {
            SettingScalar scalar => [(path, scalar.Kind.Format(value), source)],
            SettingList when Items(value).Length == 0 => [(path, "(none)", source)],
            SettingList list => Items(value).SelectMany((item, i) => Rows(list.Element, item, $"{path}:{Number(i)}", origins, source)),
            SettingRules => ((IReadOnlyDictionary<string, ConfiguredRule>)value).SelectMany(rule => RuleRows(rule, path, origins)),
            SettingSection section => section.Keys.Where(key => key.Property.GetValue(value) is not null).SelectMany(
                key => Rows(key.Schema, key.Property.GetValue(value)!, $"{path}:{key.Name}", origins, inherited == "default" ? inherited : source)),
            _ => throw new NotSupportedException(),
        };
    }

    private static IEnumerable<(string Key, string Value, string Source)> RuleRows(
        KeyValuePair<string, ConfiguredRule> rule, string path, IReadOnlyDictionary<string, SettingOrigin> origins)
    {
        string key = $"{path}:{rule.Key}";
        string source = origins.GetValueOrDefault(key)?.ToString() ?? "default";
        return rule.Value.Action is { } action
            ? [(key, action, source)]
            : rule.Value.Thresholds.Select(threshold => ($"{key}:{Capital(threshold.Key)}", new ByteSize(threshold.Value).ToString(), source));
    }

    private static void Write(Utf8JsonWriter json, SettingSchema schema, object value, string path, IReadOnlyDictionary<string, SettingOrigin>? given)
    {
        switch (schema)
        {
            case SettingScalar { Kind: { IsJsonLiteral: true } kind }:
                json.WriteRawValue(kind.Format(value));
                break;
            case SettingScalar scalar:
                json.WriteStringValue(scalar.Kind.Format(value));
                break;
            case SettingList list:
                json.WriteStartArray();
                foreach (object item in Items(value))
                {
                    // A list replaces its default whole, so it is written whole.
                    Write(json, list.Element, item, path, given: null);
                }

                json.WriteEndArray();
                break;
            case SettingRules:
                WriteRules(json, (IReadOnlyDictionary<string, ConfiguredRule>)value);
                break;
            case SettingSection section:
                json.WriteStartObject();
                foreach (SettingKey key in section.Keys.Where(key => key.Property.GetValue(value) is not null && (given is null || IsGiven(given, $"{path}:{key.Name}"))))
                {
                    json.WritePropertyName(key.Name);
                    Write(json, key.Schema, key.Property.GetValue(value)!, $"{path}:{key.Name}", given);
                }

                json.WriteEndObject();
                break;
        }
    }

    private static void WriteRules(Utf8JsonWriter json, IReadOnlyDictionary<string, ConfiguredRule> rules)
    {
        json.WriteStartObject();
        foreach ((string name, ConfiguredRule rule) in rules)
        {
            json.WritePropertyName(name);
            if (rule.Action is not null)
            {
                json.WriteStringValue(rule.Action);
                continue;
            }

            json.WriteStartObject();
            foreach ((string action, long amount) in rule.Thresholds)
            {
                json.WriteNumber(Capital(action), amount);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static bool IsGiven(IReadOnlyDictionary<string, SettingOrigin> given, string path) =>
        given.Keys.Any(key => key.Equals(path, StringComparison.Ordinal) || key.StartsWith(path + ":", StringComparison.Ordinal));

    private static object[] Items(object list) => ((System.Collections.IEnumerable)list).Cast<object>().ToArray();

    private static string Capital(string action) => char.ToUpperInvariant(action[0]) + action[1..];

    private static string Number(int i) => i.ToString(CultureInfo.InvariantCulture);
}
