using System.Collections;

namespace Gateway.Configuration;

/// <summary>Lays environment variables and arguments over what the file said.</summary>
internal static class SettingSources
{
    private const string Section = "Gateway";
    private const string VariablePrefix = Section + "__";
    private const string ArgumentPrefix = "--" + Section + ":";

    /// <summary>Reads the variables that begin with <c>Gateway__</c>, in any letter case; two underscores stand for the colon.</summary>
    /// <remarks>In names of rules one underscore stands for the hyphen, which a shell does not allow in the name of a variable.</remarks>
    public static void ReadEnvironment(IDictionary environment, SettingTree root, List<ConfigurationProblem> problems)
    {
        IEnumerable<(string Name, string Value)> variables = environment.Keys
            .OfType<string>()
            .Where(name => name.StartsWith(VariablePrefix, StringComparison.OrdinalIgnoreCase))
            .Order(StringComparer.Ordinal)
            .Select(name => (name, environment[name] as string ?? ""));
        foreach ((string name, string value) in variables)
        {
            string[] parts = name.Split("__");
            if (parts.Length == 3 && parts[1].Equals(nameof(GatewayOptions.Rules), StringComparison.OrdinalIgnoreCase))
            {
                parts[2] = parts[2].Replace('_', '-').ToLowerInvariant();
            }

            Set(root, parts, value, new SettingOrigin(SettingLayer.Environment, $"environment variable {name}"), problems);
        }
    }

    /// <summary>Reads <c>--Gateway:Key=value</c> and <c>--Gateway:Key value</c>.</summary>
    /// <remarks>Fails: any other argument is a problem, so that a mistyped one is not passed over.</remarks>
    public static void ReadArguments(IReadOnlyList<string> args, SettingTree root, List<ConfigurationProblem> problems)
    {
        for (int i = 0; i < args.Count; i++)
        {
            string argument = args[i];
            SettingOrigin origin = new(SettingLayer.CommandLine, "command line");
            if (!argument.StartsWith(ArgumentPrefix, StringComparison.OrdinalIgnoreCase))
            {
                problems.Add(new ConfigurationProblem(argument, "unknown argument; settings are given as --Gateway:Key=value") { Origin = origin });
                continue;
            }

            int equals = argument.IndexOf('=', StringComparison.Ordinal);
            string key = equals < 0 ? argument[2..] : argument[2..equals];
            if (equals < 0 && (i + 1 == args.Count || args[i + 1].StartsWith("--", StringComparison.Ordinal)))
            {
                problems.Add(new ConfigurationProblem(key, "no value given; write --Gateway:Key=value") { Origin = origin });
                continue;
            }

            string value = equals < 0 ? args[++i] : argument[(equals + 1)..];
            Set(root, key.Split(':'), value, origin, problems);
        }
    }

    private static void Set(SettingTree root, string[] parts, string value, SettingOrigin origin, List<ConfigurationProblem> problems)
    {
        SettingTree key = root;
        foreach (string part in parts)
        {
            key = key.Section(part, origin);
        }

        if (!key.Set(value, origin))
        {
            problems.Add(new ConfigurationProblem(string.Join(':', parts), "given twice") { Value = value, Origin = origin });
        }
    }
}
