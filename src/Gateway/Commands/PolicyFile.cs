using Gateway.Configuration;
using Gateway.Hosting;
using Gateway.Mime;

namespace Gateway.Commands;

/// <summary>A policy that a command line names: a file, or one of the words for those that need none.</summary>
internal static class PolicyFile
{
    /// <summary>The catalogue's own actions and limits.</summary>
    public const string Defaults = "default";

    /// <summary>The configuration at hand: <c>--config</c>, the environment, <c>--Gateway:Rules:...</c>.</summary>
    public const string Current = "current";

    /// <summary>Reads it, and selects what it says about some mail.</summary>
    /// <param name="name"><see cref="Defaults"/>, <see cref="Current"/> or a file.</param>
    /// <param name="configured">The options of the configuration at hand.</param>
    /// <param name="mail">The mail it is asked about.</param>
    /// <exception cref="CommandFailedException">It has errors; all of them are in the message.</exception>
    public static SelectedPolicy Load(string name, GatewayOptions configured, MailOrigin mail) => name switch
    {
        Defaults => new SelectedPolicy("the catalogue", RulePolicy.Default, [], 0),
        Current => SelectedPolicy.From("the configuration", configured, mail),
        _ => SelectedPolicy.From(name, Read(name, configured.Listeners), mail),
    };

    /// <summary>The policy of options.</summary>
    /// <exception cref="CommandFailedException">It has errors.</exception>
    public static RulePolicy Of(GatewayOptions options) => HostSettings.TryRules(options, out RulePolicy policy, out IReadOnlyList<string> errors)
        ? policy
        : throw new CommandFailedException(ExitCode.Configuration, string.Join('\n', errors));

    private static GatewayOptions Read(string file, IReadOnlyList<ListenerOptions> listeners)
    {
        if (!File.Exists(file))
        {
            throw new CommandFailedException(
                ExitCode.NotFound, $"There is no policy file '{Relay.Telemetry.LogText.Escape(file)}'; '{Defaults}' and '{Current}' need none.");
        }

        GatewayOptions options = GatewayConfiguration.LoadPolicy(
            file, [.. RuleCatalogue.All.Select(rule => rule.Name)], listeners, out IReadOnlyList<ConfigurationProblem> problems);
        return problems.Count == 0
            ? options
            : throw new CommandFailedException(ExitCode.Configuration, string.Join('\n', problems.Select(problem => $"policy: {problem}")));
    }
}
