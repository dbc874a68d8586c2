using System.Globalization;

namespace Gateway.Commands;

/// <summary>A command for many messages: goes on past what fails, names it at the end, and exits with the worst.</summary>
/// <remarks>
/// Promises: every message is tried, unless what failed would fail for all of them: the gateway does not answer, a file cannot be made, the
/// output cannot be written. Then the rest is counted as not tried. Threads: one.
/// </remarks>
/// <param name="context">Where failures go.</param>
internal sealed class ManyMessages(CommandContext context)
{
    private readonly List<string> _failures = [];
    private int _worst = ExitCode.Ok;

    /// <summary>Messages for which it was done.</summary>
    public int Done { get; private set; }

    /// <summary>Messages that had gone before their turn came.</summary>
    public int Gone { get; private set; }

    /// <summary>Does something for each.</summary>
    /// <param name="items">Messages, or what names them.</param>
    /// <param name="act">Does it for one; a <see cref="CommandFailedException"/> is its failure.</param>
    /// <param name="mayBeGone">True when the messages come from a listing, of which some are gone when their turn comes: that is no failure.</param>
    public async Task RunAsync<T>(IReadOnlyList<T> items, Func<T, Task> act, bool mayBeGone = false)
    {
        for (int i = 0; i < items.Count; i++)
        {
            try
            {
                await act(items[i]);
                Done++;
            }
            catch (CommandFailedException e) when (mayBeGone && e.ExitCode == ExitCode.NotFound)
            {
                Gone++;
            }
            catch (CommandFailedException e) when (e.ExitCode is not ExitCode.InputOutput)
            {
                Fail(e.ExitCode, e.Message);
                if (e.ExitCode is ExitCode.Unavailable or ExitCode.NotPermitted or ExitCode.CannotCreate)
                {
                    _failures.Add(string.Create(CultureInfo.InvariantCulture, $"{items.Count - i - 1} more were not tried."));
                    return;
                }
            }
        }
    }

    /// <summary>Notes a failure.</summary>
    public void Fail(int exitCode, string message)
    {
        _worst = Math.Max(_worst, exitCode);
        _failures.Add(message);
    }

    /// <summary>Names the failures and gives the exit code: the highest of them.</summary>
    public int Finish(string summary)
    {
        foreach (string failure in _failures)
        {
            context.Error.WriteLine(failure);
        }

        if (summary.Length > 0)
        {
            string gone = Gone == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $", {Gone} had gone meanwhile");
            context.Output.WriteLine(summary + gone);
        }

        return _worst;
    }

    /// <summary>A count with its noun.</summary>
    public static string Messages(int count) => string.Create(CultureInfo.InvariantCulture, $"{count} message{(count == 1 ? string.Empty : "s")}");
}
