using System.CommandLine;
using System.Globalization;
using Gateway.Api;

namespace Gateway.Commands;

/// <summary><c>gateway status</c>: one look at a running gateway.</summary>
internal static class StatusCommand
{
    public static Command Create(CommandContext context)
    {
        Option<OutputFormat> format = CommandContext.FormatOption();
        Option<bool> strict = new("--strict") { Description = "Exit with 1 for any warning as well" };
        Command command = new("status", "Show how a running gateway is: ready or not and why, warnings, sessions, queue, quarantine.") { format, strict };
        command.SetAction(async (parsed, ct) =>
        {
            using ManagementClient client = ManagementClient.Open(context, parsed);
            StatusReport status = await client.GetAsync("api/status", ApiJson.Default.StatusReport, ct);
            if (parsed.GetValue(format) == OutputFormat.Json)
            {
                context.PrintJson(status, ApiJson.Default.StatusReport);
            }
            else
            {
                Print(context.Output, status);
            }

            return status.Ready && !(parsed.GetValue(strict) && status.Warnings.Count > 0) ? ExitCode.Ok : ExitCode.Found;
        });
        return command;
    }

    private static void Print(TextWriter output, StatusReport status)
    {
        CultureInfo plain = CultureInfo.InvariantCulture;
        output.WriteLine(status.Ready ? "ready: mail is taken" : $"NOT READY: {status.Reason}");
        foreach (string warning in status.Warnings)
        {
            output.WriteLine($"warning: {warning}");
        }

        foreach (string unusable in status.Unusable)
        {
            output.WriteLine($"warning: {unusable}");
        }

        foreach (string problem in status.Refused)
        {
            output.WriteLine($"warning: the last reload changed nothing: {problem}");
        }

        foreach (string key in status.NeedRestart)
        {
            output.WriteLine($"warning: {key} counts after a restart only");
        }

        output.WriteLine(string.Create(plain, $"  {status.HostName}, version {status.Version}, pid {status.Pid}, up {TimeSpan.FromSeconds(Math.Floor(status.UptimeSeconds)):c}"));
        output.WriteLine(string.Create(plain, $"  configuration: generation {status.Generation}"));
        output.WriteLine($"  listening on {string.Join(", ", status.Listeners.Select((l, i) => i < status.Engines.Count ? $"{l} ({status.Engines[i]})" : l))}, {status.Sessions.ToString(plain)} sessions open");
        output.WriteLine(string.Create(plain, $"  queue: {status.Active} active, {status.Deferred} deferred, {status.OnHold} on hold, oldest {status.OldestSeconds:0.0} s"));
        output.WriteLine(string.Create(plain, $"  quarantine: {status.Quarantined} quarantined, {status.QuarantineBytes} bytes on disk, {100 * status.QuarantineFill:0} % full"));
        if (status.Blocks > 0)
        {
            output.WriteLine(string.Create(plain, $"  blocks: {status.Blocks} in force (gateway block list)"));
        }

        if (status.Exceptions > 0)
        {
            output.WriteLine(string.Create(plain, $"  exceptions: {status.Exceptions} in force, used by {status.ExceptionUses} messages (gateway rules exceptions)"));
        }
    }
}
