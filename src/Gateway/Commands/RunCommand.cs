using System.CommandLine;
using Gateway.Configuration;
using Gateway.Faults;
using Gateway.Hosting;
using Gateway.Logging;
using Gateway.Relay.Quarantine;
using Gateway.Spool;

namespace Gateway.Commands;

/// <summary><c>gateway run</c>: the relay itself.</summary>
internal static class RunCommand
{
    public static Command Create(CommandContext context)
    {
        Command command = new("run", "Run the relay until SIGTERM or Ctrl-C. Without any configuration it listens on 127.0.0.1:2525 for loopback clients.");
        command.SetAction((parsed, ct) => RunAsync(context, parsed, ct));
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, ParseResult parsed, CancellationToken ct)
    {
        GatewayConfiguration configuration = context.Configuration(parsed);
        GatewayOptions options = context.Load(parsed);
        if (!HostSettings.TryMake(options, out GatewayHostSettings settings, out IReadOnlyList<string> errors))
        {
            throw new CommandFailedException(ExitCode.Configuration, string.Join('\n', errors));
        }

        ConfigurationProblem[] files = [.. FileChecks.Find(options, TimeProvider.System.GetUtcNow())];
        if (files.Any(static p => !p.IsWarning))
        {
            throw new CommandFailedException(ExitCode.Configuration, string.Join('\n', files.Where(static p => !p.IsWarning).Select(static p => $"configuration: {p}")));
        }

        foreach (ConfigurationProblem warning in files)
        {
            context.Error.WriteLine($"warning: {warning}");
        }

        Reloading reloading = new(() => context.Configuration(parsed), options, settings);
        settings = settings with
        {
            Reloading = reloading, RelayProfile = () => reloading.Relay, ServerProfile = () => reloading.Server,
            ConfigurationFile = configuration.File,
            RuntimeDirectory = ConfigurationDefaults.RuntimeDirectory(context.Environment),
        };
        using GatewayLoggerProvider log = LoggingSetup.Open(options);
        try
        {
            ILogger master = log.CreateLogger("gateway/master");
            await using (GatewayHost host = await GatewayHost.StartAsync(settings, log, options.Log, ct))
            {
                Introduce(host, options, configuration, master);
                context.Signals?.Ready(() => host.Reload("SIGHUP"));
                await host.WaitForShutdownAsync(ct);
                context.Signals?.Stopping();
                HostLog.Stopping(master);
            }

            HostLog.Stopped(master);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // SIGTERM or Ctrl-C before it was ready: nothing was taken, so that there is nothing to drain.
            HostLog.Stopped(log.CreateLogger("gateway/master"));
        }
        catch (Exception e) when (e is SpoolOpenException or QuarantineUnavailableException or InvalidDataException || SystemFailure.IsOne(e))
        {
            // What stops a start is the administrator's to mend: one clear line, no stack.
            throw new CommandFailedException(ExitCode.Unavailable, $"Cannot start: {SystemFailure.Of(e)}.");
        }

        return ExitCode.Ok;
    }

    /// <summary>Says what the gateway does and where to go next, so that the first run explains itself.</summary>
    private static void Introduce(GatewayHost host, GatewayOptions options, GatewayConfiguration configuration, ILogger log)
    {
        HostLog.Started(log, GatewayHost.Version, configuration.File ?? "none (defaults)", options.DataDirectory);
        HostLog.Listening(
            log, string.Join(", ", host.SmtpEndPoints), string.Join(", ", options.Relay.AllowedNetworks),
            options.Relay.Domains.Count == 0 ? "none" : string.Join(", ", options.Relay.Domains));
        HostLog.Forwarding(
            log, options.Relay.DefaultRoute.Kind == RouteKind.Mx ? "the mail hosts of each domain (MX)" : options.Relay.DefaultRoute.Hosts.Count == 0 ? "none" : string.Join(", ", options.Relay.DefaultRoute.Hosts), options.Relay.Routes.Count);
        HostLog.Management(log, host.Management);
    }
}
