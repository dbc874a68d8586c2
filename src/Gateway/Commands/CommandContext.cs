using System.Collections;
using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gateway.Configuration;
using Gateway.Hosting;
using Gateway.Mime;

namespace Gateway.Commands;

/// <summary>How a command prints.</summary>
internal enum OutputFormat
{
    /// <summary>For people.</summary>
    Text,

    /// <summary>One JSON object a line.</summary>
    Json,

    /// <summary>SARIF 2.1.0; <c>check</c> only.</summary>
    Sarif,
}

/// <summary>What all commands share: where they print, and the configuration they look at.</summary>
/// <param name="Output">Results.</param>
/// <param name="Error">Everything else.</param>
/// <param name="Settings">The <c>--Gateway:Key=value</c> arguments.</param>
/// <param name="Environment">The process's variables.</param>
internal sealed record CommandContext(TextWriter Output, TextWriter Error, IReadOnlyList<string> Settings, IDictionary Environment)
{
    private static readonly ClosedSet<OutputFormat> ListFormats = new("format", OutputFormat.Text, OutputFormat.Json);

    /// <summary>Where running gateways are looked for.</summary>
    public InstanceSearch Instances { get; init; } = InstanceSearch.OfMachine;

    /// <summary>The signals of the process; null where their default is right.</summary>
    public ProcessSignals? Signals { get; init; }

    /// <summary><c>--config FILE</c>, on every command that needs the configuration.</summary>
    public static Option<string?> ConfigOption { get; } = new("--config", "-c")
    {
        Description = "Configuration file (default: $GATEWAY_CONFIG, else gateway.json in the current directory, else /etc/gateway/gateway.json)",
        HelpName = "FILE",
        Recursive = true,
    };

    /// <summary><c>--format text|json</c>.</summary>
    public static Option<OutputFormat> FormatOption() => ClosedOption.Of(
        ListFormats, OutputFormat.Text, "text for people, json for one JSON object a line", "--format", "-f");

    /// <summary>Reads the configuration.</summary>
    /// <exception cref="CommandFailedException">It has errors; all of them are in the message.</exception>
    public GatewayOptions Load(ParseResult parsed)
    {
        GatewayConfiguration configuration = Configuration(parsed);
        foreach (ConfigurationProblem warning in configuration.Problems.Where(p => p.IsWarning))
        {
            Error.WriteLine($"warning: {warning}");
        }

        return Usable(configuration);
    }

    /// <summary>The data directory of the gateway that a command is about; warnings of its configuration are the start's to tell.</summary>
    /// <exception cref="CommandFailedException">The configuration has errors; all of them are in the message.</exception>
    public string DataDirectory(ParseResult parsed)
    {
        GatewayConfiguration configuration = Configuration(parsed);
        return Instances.Find(configuration, Usable(configuration), Environment);
    }

    /// <summary>The configuration with its problems.</summary>
    public GatewayConfiguration Configuration(ParseResult parsed) =>
        GatewayConfiguration.Load(parsed.GetValue(ConfigOption), Settings, Environment, [.. RuleCatalogue.All.Select(r => r.Name)]);

    /// <summary>Prints one object as one line of JSON.</summary>
    public void PrintJson<T>(T value, JsonTypeInfo<T> type) => Output.WriteLine(JsonSerializer.Serialize(value, type));

    private static GatewayOptions Usable(GatewayConfiguration configuration) => configuration.Options ?? throw new CommandFailedException(
        ExitCode.Configuration,
        string.Join('\n', configuration.Problems.Where(p => !p.IsWarning).Select(p => $"configuration: {p}")));
}
