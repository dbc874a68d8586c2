using System.Collections;
using Gateway.Faults;

namespace Gateway.Configuration;

/// <summary>A configuration as it was read: the options if they are usable, everything that is wrong, and where each value came from.</summary>
internal sealed class GatewayConfiguration
{
    /// <summary>The section that everything belongs under.</summary>
    public const string Section = "Gateway";

    /// <summary>The variable that names the file where the command line does not.</summary>
    public const string FileVariable = "GATEWAY_CONFIG";

    /// <summary>The files that are looked for when none is named, in this order: in the working directory, then the machine's.</summary>
    public static readonly IReadOnlyList<string> DefaultFiles = ["gateway.json", "/etc/gateway/gateway.json"];

    private const int LargestFile = 16 << 20;

    private GatewayConfiguration(
        GatewayOptions effective, IReadOnlyList<ConfigurationProblem> problems, IReadOnlyDictionary<string, SettingOrigin> origins, string? file)
    {
        Options = problems.Any(problem => !problem.IsWarning) ? null : effective;
        Problems = problems;
        Origins = origins;
        File = file;
    }

    /// <summary>The options; null when any problem is more than a warning.</summary>
    public GatewayOptions? Options { get; }

    /// <summary>All problems, in the order of the sources.</summary>
    public IReadOnlyList<ConfigurationProblem> Problems { get; }

    /// <summary>Where each value that was given came from, by its whole key; what is not in it is a default.</summary>
    public IReadOnlyDictionary<string, SettingOrigin> Origins { get; }

    /// <summary>The file that was read; null when there was none.</summary>
    public string? File { get; }

    /// <summary>Reads the file, then the environment over it, then the arguments over both, and checks the whole.</summary>
    /// <param name="file">The file that was named; it must exist. Null for the one of <see cref="FileVariable"/>, which must exist too, else the first of <see cref="DefaultFiles"/> that is there.</param>
    /// <param name="args">What is left of the command line: <c>--Gateway:Key=value</c>.</param>
    /// <param name="environment">The variables of the process.</param>
    /// <param name="knownRules">The names of the rule catalogue, to refuse others; null to take any.</param>
    /// <remarks>Fails: never throws for what is in the sources or for a file that cannot be read; both are problems.</remarks>
    public static GatewayConfiguration Load(
        string? file, IReadOnlyList<string> args, IDictionary environment, IReadOnlyCollection<string>? knownRules = null)
    {
        List<ConfigurationProblem> problems = [];
        (string? read, SettingTree root) = ReadFile(file ?? Default(environment), problems);
        SettingSources.ReadEnvironment(environment, root, problems);
        SettingSources.ReadArguments(args, root, problems);

        GatewayOptions options = ConfigurationDefaults.For(environment);
        SettingBinder binder = new(problems, knownRules);
        foreach (SettingTree top in root.Children)
        {
            if (top.Name.Equals(Section, StringComparison.OrdinalIgnoreCase))
            {
                binder.BindSection(SettingSchema.Root, top, Section, options);
            }
            else if (!top.Name.Equals("$schema", StringComparison.Ordinal))
            {
                string hint = SettingSchema.Root.Find(top.Name) is { } key ? $"did you mean \"{Section}:{key.Name}\"?" : $"everything belongs under \"{Section}\"";
                problems.Add(new ConfigurationProblem(top.Name, "unknown key; " + hint) { Origin = top.Origin });
            }
        }

        ConfigurationChecks.Check(options, binder.Origins, problems);
        return new GatewayConfiguration(options, problems, binder.Origins, read);
    }

    /// <summary>
    /// Reads a policy file: the section <c>Gateway:Rules</c> as a file of its own, <c>{ "line-too-long": "tag" }</c>, the same under
    /// <c>Rules</c>, or a whole configuration, of which only what makes up the policy counts: Rules, Policies and Exceptions.
    /// </summary>
    /// <param name="file">The file; it must exist.</param>
    /// <param name="knownRules">The names of the rule catalogue.</param>
    /// <param name="listeners">What its Policies may call by name when it has no Listeners of its own.</param>
    /// <param name="problems">What is wrong with it; warnings do not occur.</param>
    public static GatewayOptions LoadPolicy(
        string file, IReadOnlyCollection<string> knownRules, IReadOnlyList<ListenerOptions> listeners, out IReadOnlyList<ConfigurationProblem> problems)
    {
        List<ConfigurationProblem> found = [];
        SettingTree root = ReadFile(file, found).Root;
        SettingBinder binder = new(found, knownRules);
        GatewayOptions options = new() { Listeners = listeners };
        if (root.Find(Section) is { } whole)
        {
            binder.BindSection(SettingSchema.Root, whole, Section, options);
        }
        else if (root.Children.Any(child => SettingSchema.Root.Find(child.Name) is not null))
        {
            binder.BindSection(SettingSchema.Root, root, Section, options);
        }
        else
        {
            options = new GatewayOptions { Rules = binder.BindRules(root, $"{Section}:{nameof(GatewayOptions.Rules)}") };
        }

        PolicyChecks.Check(
            options, TimeProvider.System.GetUtcNow(),
            (key, value, message) => found.Add(new ConfigurationProblem($"{Section}:{key}", message) { Value = value, Origin = binder.Origins.GetValueOrDefault($"{Section}:{key}") }),
            (_, _, _) => { });
        problems = found;
        return options;
    }

    private static string? Default(IDictionary environment) =>
        environment[FileVariable] is string { Length: > 0 } named ? named : DefaultFiles.FirstOrDefault(System.IO.File.Exists);

    private static (string? Read, SettingTree Root) ReadFile(string? file, List<ConfigurationProblem> problems)
    {
        if (file is not string path)
        {
            return (null, new SettingTree());
        }

        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            if (stream.CanSeek && stream.Length > LargestFile)
            {
                problems.Add(new ConfigurationProblem(path, $"is larger than {new ByteSize(LargestFile)}; this is no configuration"));
                return (path, new SettingTree());
            }

            // Not ReadExactly of Length: a configuration may come from a pipe, which has none.
            using MemoryStream json = new();
            stream.CopyTo(json);
            return (path, JsonSettings.Read(json.GetBuffer().AsSpan(0, (int)json.Length), path, problems));
        }
        catch (FileNotFoundException)
        {
            problems.Add(new ConfigurationProblem(path, "there is no such file"));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            problems.Add(new ConfigurationProblem(path, "cannot be read: " + SystemFailure.Of(problem)));
        }

        return (path, new SettingTree());
    }
}
