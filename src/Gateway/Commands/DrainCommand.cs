using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Gateway.Api;

namespace Gateway.Commands;

/// <summary><c>gateway drain</c>: no more mail is taken, what is there is delivered, then the process ends.</summary>
internal static class DrainCommand
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    public static Command Create(CommandContext context)
    {
        Option<bool> cancel = new("--cancel") { Description = "Take mail again" };
        Option<bool> wait = new("--wait") { Description = "Return when the gateway has ended; says every second what is left" };
        Option<string> note = new("--note", FormerWords.Reason, "-r") { Description = "Why; recorded with your name and shown in status", DefaultValueFactory = _ => string.Empty };
        Command command = new("drain", "Take no more mail (421, not ready), deliver what is in the queue, then end. Mail on hold stays in the spool.") { cancel, wait, note };
        command.SetAction(async (parsed, ct) =>
        {
            bool back = parsed.GetValue(cancel);
            if (back && parsed.GetValue(wait))
            {
                throw new CommandFailedException(ExitCode.Usage, "--cancel and --wait contradict each other.");
            }

            using ManagementClient client = ManagementClient.Open(context, parsed);
            // Asked before the order: with an empty queue the process may be gone right behind it.
            int pid = parsed.GetValue(wait) ? (await client.GetAsync("api/status", ApiJson.Default.StatusReport, ct)).Pid : 0;
            OrderResult result = await client.OrderAsync(back ? "api/drain/cancel" : "api/drain", parsed.GetValue(note)!, ct);
            context.Output.WriteLine((back, result.Count) switch
            {
                (true, 0) => "It does not drain.",
                (true, _) => "Mail is taken again.",
                (false, 0) => "It drains already.",
                _ => "No more mail is taken; the gateway ends when nothing is active or deferred and no session is open.",
            });
            if (parsed.GetValue(wait))
            {
                await WaitAsync(context, client, pid, ct);
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task WaitAsync(CommandContext context, ManagementClient client, int pid, CancellationToken ct)
    {
        string last = string.Empty;
        while (true)
        {
            try
            {
                StatusReport status = await client.GetAsync("api/status", ApiJson.Default.StatusReport, ct);
                string now = string.Create(CultureInfo.InvariantCulture, $"{status.Active} active, {status.Deferred} deferred, {status.OnHold} on hold, {status.Sessions} sessions");
                if (now != last)
                {
                    context.Output.WriteLine(last = now);
                }
            }
            catch (CommandFailedException e) when (e.ExitCode == ExitCode.Unavailable && IsRunning(pid))
            {
                // The interface closes before the spool does: the data directory may be moved only when the process is gone.
            }
            catch (CommandFailedException e) when (e.ExitCode == ExitCode.Unavailable)
            {
                context.Output.WriteLine("The gateway has ended.");
                return;
            }

            await Task.Delay(s_look, TimeProvider.System, ct);
        }
    }

    /// <summary>Whether a process of our program has this id; in another namespace of ids, as of a container, another program may have it.</summary>
    private static bool IsRunning(int pid)
    {
        try
        {
            using Process process = Process.GetProcessById(pid);
            using Process self = Process.GetCurrentProcess();
            return process.ProcessName == self.ProcessName;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }
}
