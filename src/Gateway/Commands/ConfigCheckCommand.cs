using System.CommandLine;
using Gateway.Configuration;
using Gateway.Faults;
using Gateway.Hosting;
using Gateway.Relay.Telemetry;
using Gateway.Spool.Storage;

namespace Gateway.Commands;

/// <summary><c>gateway config check</c>: whether a start would succeed, as far as can be told without one.</summary>
internal static class ConfigCheckCommand
{
    public static Command Create(CommandContext context)
    {
        Option<string?> user = new("--as-user") { Description = "Look at files and the data directory with the rights of this user, the one of the service (root only)", HelpName = "NAME" };
        Option<bool> ports = new("--ports") { Description = "Try whether the addresses can be listened on" };
        Command command = new("check", "Check the configuration without starting anything; every mistake is named at once.") { user, ports };
        command.SetAction(parsed =>
        {
            string? name = parsed.GetValue(user);
            if (name is not null)
            {
                // Before the configuration is read: that, too, has to be readable for the user.
                Become(name);
            }

            GatewayConfiguration configuration = context.Configuration(parsed);
            List<ConfigurationProblem> problems = [.. configuration.Problems];
            List<string> errors = [];
            if (configuration.Options is GatewayOptions options)
            {
                problems.AddRange(MailFlowChecks.Find(options));
                problems.AddRange(FileChecks.Find(options, TimeProvider.System.GetUtcNow()));
                if (!HostSettings.TryMake(options, out GatewayHostSettings settings, out IReadOnlyList<string> more))
                {
                    errors.AddRange(more);
                }
                else if (parsed.GetValue(ports))
                {
                    problems.AddRange(WorldChecks.OfAddresses(settings, isForAnother: name is not null));
                }

                if ((name is not null || parsed.GetValue(ports))
                    && WorldChecks.OfDataDirectory(context.Instances.Find(configuration, options, context.Environment)) is ConfigurationProblem directory)
                {
                    problems.Add(directory);
                }
            }

            return Tell(context, configuration, problems, [.. problems.Where(p => !p.IsWarning).Select(p => p.ToString()), .. errors]);
        });
        return command;
    }

    private static int Tell(CommandContext context, GatewayConfiguration configuration, List<ConfigurationProblem> problems, List<string> errors)
    {
        foreach (ConfigurationProblem warning in problems.Where(p => p.IsWarning))
        {
            context.Error.WriteLine($"warning: {warning}");
        }

        foreach (string error in errors)
        {
            context.Error.WriteLine($"error: {error}");
        }

        string source = configuration.File ?? "no configuration file, defaults only";
        string count = errors.Count == 1 ? "1 error" : $"{errors.Count} errors";
        context.Output.WriteLine(errors.Count == 0 ? $"The configuration is right ({source})." : $"{count} ({source}).");
        return errors.Count == 0 ? ExitCode.Ok : ExitCode.Configuration;
    }

    private static void Become(string name)
    {
        if (name == Environment.UserName)
        {
            return;
        }

        if (ProcessUser.Become(name) is int errno)
        {
            throw errno == SystemError.NoEntry
                ? new CommandFailedException(ExitCode.NotFound, $"There is no user '{LogText.Escape(name, 60)}' on this machine.")
                : new CommandFailedException(ExitCode.NotPermitted, "Only root can look with the rights of another user: use sudo.");
        }
    }
}
