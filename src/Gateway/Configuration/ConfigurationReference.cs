using System.Globalization;
using System.Text;

namespace Gateway.Configuration;

/// <summary>Writes docs/configuration.md from the options classes.</summary>
internal static class ConfigurationReference
{
    private const string Introduction = """
        # Configuration

        <!-- Made from the options classes in src/Gateway/Configuration by ConfigurationReference; a test keeps it current.
             Regenerate: GATEWAY_REGENERATE=1 dotnet run --project tests/Gateway.Tests -->

        Nothing has to be configured: without a file `gateway run` listens on 127.0.0.1:2525 and relays for this machine only.
        `gateway config check` names every problem at once; `gateway config show` prints what is in force and what set it.

        ## Sources

        Later ones overlay earlier ones, key by key. Letter case does not matter in keys.

        1. The file: `gateway.json` in the working directory if it is there, or `--config FILE`, which must be there. Comments and
           trailing commas are allowed.
        2. The environment: `Gateway__Limits__MessageBytes=25MB`. Two underscores stand for the colon. In names of rules one underscore
           stands for the hyphen: `Gateway__Rules__bare_lf=tag`.
        3. The command line: `--Gateway:Limits:MessageBytes=25MB`.

        ```json
        {
          "Gateway": {
            "HostName": "gw1.example.org",
            "Listeners": [ { "Endpoint": "0.0.0.0:25" }, { "Endpoint": "[::]:25" } ],
            "Relay": {
              "AllowedNetworks": [ "127.0.0.0/8", "192.0.2.0/24" ],
              "Domains": [ "example.org", "*.example.org" ],
              "Routes": [ { "Domain": "example.org", "Hosts": [ "mx1.example.org:25", "mx2.example.org:25" ] } ],
              "DefaultRoute": { "Hosts": [ "smarthost.example.net:25" ] }
            },
            "Rules": { "bare-cr": "quarantine", "line-too-long": { "Tag": 998, "Quarantine": "64KB" } }
          }
        }
        ```

        ## Values

        - **size**: `25MB`, `64KiB`, `1.5GB`, or octets as a number. KB, MB, GB and TB are powers of 1024, with and without the `i`.
        - **duration**: `250ms`, `30s`, `5m`, `1h30m`, `5d`, `1w`, or `00:05:00`. The unit must be there.
        - **list**: a JSON array; `Key__0`, `Key__1`, … in the environment. A list that is given replaces its default. A later source
          overlays an earlier one entry by entry: `Key__0` replaces the first entry only. One text replaces the whole list:
          `Gateway__Relay__Domains="example.org,example.net"`; the empty text is the empty list.
        - A reload takes every key but those that say that they count after a restart only; it names these.
        - Unknown keys, values that cannot be read and values out of range are errors; the gateway does not start with them.

        """;

    /// <summary>The whole page.</summary>
    public static string ToMarkdown()
    {
        StringBuilder page = new(Introduction.ReplaceLineEndings("\n"));
        page.Append("\n## Keys\n");
        Section(page, SettingSchema.Root, GatewayConfiguration.Section, null, new GatewayOptions());
        return page.ToString();
    }

    private static void Section(StringBuilder page, SettingSection section, string path, string? text, object defaults)
    {
        page.Append(CultureInfo.InvariantCulture, $"\n### `{path}`\n\n");
        if (text is not null)
        {
            page.Append(text).Append("\n\n");
        }

        SettingKey[] rows = section.Keys.Where(key => key.Schema is SettingScalar or SettingList { Element: SettingScalar }).ToArray();
        if (rows.Length > 0)
        {
            page.Append("| Key | Kind | Default | Range | |\n|---|---|---|---|---|\n");
            foreach (SettingKey key in rows)
            {
                Row(page, key, defaults);
            }
        }

        foreach (SettingKey key in section.Keys)
        {
            object value = key.Property.GetValue(defaults)!;
            string keyPath = $"{path}:{key.Name}";
            switch (key.Schema)
            {
                case SettingSection inner:
                    Section(page, inner, keyPath, TextOf(key), value);
                    break;
                case SettingList { Element: SettingSection inner } list:
                    Section(page, inner, keyPath + ":N", TextOf(key), Activator.CreateInstance(list.ElementType)!);
                    break;
                case SettingRules:
                    Rules(page, keyPath, key.About.Text);
                    break;
            }
        }
    }

    private static void Row(StringBuilder page, SettingKey key, object defaults)
    {
        bool isList = key.Schema is SettingList;
        SettingKind kind = key.Schema is SettingList { Element: SettingScalar element } ? element.Kind : ((SettingScalar)key.Schema).Kind;
        object? value = key.Property.GetValue(defaults);
        string[] texts = value is null ? [] : isList ? ((System.Collections.IEnumerable)value).Cast<object>().Select(kind.Format).ToArray() : [kind.Format(value)];
        string standard = key.About.Required ? "must be given" : key.About.DefaultText
            ?? (texts.Length == 0 ? "(none)" : string.Join(", ", texts.Select(text => $"`{text}`")));
        string range = key.About.Minimum is null && key.About.Maximum is null ? "" : $"{key.About.Minimum} to {key.About.Maximum}";
        page.Append(CultureInfo.InvariantCulture, $"| `{key.Name}{(isList ? ":N" : "")}` | {(key.About.IsFile ? "file" : kind.Name)} | {standard} | {range} | {TextOf(key)} |\n");
    }

    private static string TextOf(SettingKey key) => key.About.Text + (!key.About.Restart ? string.Empty
        : key.Schema is SettingScalar ? " Counts after a restart only." : " A change counts after a restart only.");

    private static void Rules(StringBuilder page, string path, string text) => page.Append(CultureInfo.InvariantCulture, $$"""

        ### `{{path}}:<rule-name>`

        {{text}}

        Either an action, `allow`, `tag`, `quarantine` or `reject`, which is taken instead of the catalogue's; or thresholds for rules that
        measure something: `{ "Tag": 998, "Quarantine": "64KB", "Reject": "1MB" }`, a count or a size each. Beyond it the action is
        taken; an action that is left out keeps the catalogue's threshold.

        """);
}
