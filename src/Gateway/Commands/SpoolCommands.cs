using System.CommandLine;
using System.Globalization;
using Gateway.Faults;
using Gateway.Relay.Telemetry;
using Gateway.Spool.Storage;
using Gateway.Spool;

namespace Gateway.Commands;

/// <summary><c>gateway spool ...</c>: the spool of a gateway that is not running, or a copy of one.</summary>
internal static class SpoolCommands
{
    public static Command Create(CommandContext context) => new(
        "spool", "Look into the spool of a gateway that is not running, or into a copy or snapshot of one; nothing in it is changed.")
    {
        Verify(context), Stats(context), SpoolRecoverCommand.Create(context),
    };

    /// <summary>The argument that names the spool.</summary>
    public static Argument<string?> DirectoryArgument() => new("directory")
    {
        Description = "A spool, or a data directory with one; the configured one if left out", Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>The directory that is meant.</summary>
    public static string Find(CommandContext context, ParseResult parsed, Argument<string?> argument)
    {
        string given = parsed.GetValue(argument) ?? context.DataDirectory(parsed);
        string inside = Path.Combine(given, "spool");
        return !Directory.Exists(Path.Combine(given, "log")) && Directory.Exists(inside) ? inside : given;
    }

    /// <summary>Opens the spool to look at it, with faults as exit codes.</summary>
    public static SpoolArchive Open(string directory, CancellationToken ct)
    {
        if (!Directory.Exists(directory))
        {
            throw new CommandFailedException(ExitCode.NotFound, $"No directory '{LogText.Escape(directory)}'.");
        }

        try
        {
            return SpoolArchive.Open(directory, TimeProvider.System, cancellation: ct);
        }
        catch (SpoolOpenException e)
        {
            throw new CommandFailedException(ExitCode.Unavailable, e.Message);
        }
        catch (DiskException e)
        {
            throw Failed(e);
        }
    }

    /// <summary>A disk that does not do what is asked, as an exit code.</summary>
    public static CommandFailedException Failed(DiskException fault) => new(fault.IsDenied ? ExitCode.NotPermitted : ExitCode.Unreadable, SystemFailure.Of(fault) + ".");

    private static Command Verify(CommandContext context)
    {
        Option<OutputFormat> format = CommandContext.FormatOption();
        Argument<string?> directory = DirectoryArgument();
        Command command = new(
            "verify", "Read every record and every body and name what is damaged. Exit 0 all is whole, 1 something is damaged, 2 something could not be read.")
        {
            directory, format,
        };
        command.SetAction((parsed, ct) => Task.Run(() => Verify(context, Find(context, parsed, directory), parsed.GetValue(format), ct), ct));
        return command;
    }

    private static int Verify(CommandContext context, string directory, OutputFormat format, CancellationToken ct)
    {
        using SpoolArchive spool = Open(directory, ct);
        int damaged = 0;
        try
        {
            foreach (SpoolDamage damage in spool.Verify())
            {
                ct.ThrowIfCancellationRequested();
                damaged++;
                Print(context, SpoolDamageLine.Of(damage), format);
            }
        }
        catch (DiskException e)
        {
            throw Failed(e);
        }

        SpoolSummaryLine summary = SpoolSummaryLine.Of(spool, damaged);
        if (format == OutputFormat.Json)
        {
            context.PrintJson(summary, CommandJson.Default.SpoolSummaryLine);
        }
        else
        {
            context.Output.WriteLine(summary.Text());
            context.Output.WriteLine(damaged == 0 ? "Nothing is damaged." : string.Create(CultureInfo.InvariantCulture, $"{damaged} damaged places."));
        }

        return damaged == 0 ? ExitCode.Ok : ExitCode.Found;
    }

    /// <summary>Prints one damaged place.</summary>
    public static void Print(CommandContext context, SpoolDamageLine line, OutputFormat format)
    {
        if (format == OutputFormat.Json)
        {
            context.PrintJson(line, CommandJson.Default.SpoolDamageLine);
        }
        else
        {
            context.Output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{line.Segment}+{line.Offset}: {line.Kind}, {line.Length} bytes; lost: {line.Lost}"));
        }
    }

    private static Command Stats(CommandContext context)
    {
        Option<OutputFormat> format = CommandContext.FormatOption();
        Argument<string?> directory = DirectoryArgument();
        Command command = new("stats", "Count what is in a spool, and show each segment: how full, how much of it is live, how it ends.") { directory, format };
        command.SetAction((parsed, ct) => Task.Run(
            () =>
            {
                using SpoolArchive spool = Open(Find(context, parsed, directory), ct);
                SpoolSummaryLine summary = SpoolSummaryLine.Of(spool, spool.Recovery.Damage.Count);
                if (parsed.GetValue(format) == OutputFormat.Json)
                {
                    foreach (SpoolSegment segment in spool.Segments)
                    {
                        context.PrintJson(segment, CommandJson.Default.SpoolSegment);
                    }

                    context.PrintJson(summary, CommandJson.Default.SpoolSummaryLine);
                }
                else
                {
                    Write(context.Output, spool, summary);
                }

                return ExitCode.Ok;
            },
            ct));
        return command;
    }

    private static void Write(TextWriter output, SpoolArchive spool, SpoolSummaryLine summary)
    {
        TextTable table = new("SEGMENT", "FILE", "USED", "RECORDS", "LIVE", "LIVE BYTES", "TOMBSTONES", "END");
        foreach (SpoolSegment s in spool.Segments)
        {
            table.Add(
                s.Name, Format.Size(s.FileBytes), Format.Size(s.UsedBytes), Number(s.Records), Number(s.Live), Format.Size(s.LiveBytes),
                Number(s.Tombstones), s.Ending.ToString().ToLowerInvariant());
        }

        table.Write(output);
        output.WriteLine();
        TextTable facts = new("KEY", "VALUE");
        facts.Add("directory", summary.Directory);
        facts.Add("messages", $"{summary.Messages}, {summary.Deferred} of them tried before; {Format.Size(summary.Octets)}");
        facts.Add("oldest", summary.Oldest is { } oldest ? Format.Time(oldest) : "-");
        facts.Add("newest", summary.Newest is { } newest ? Format.Time(newest) : "-");
        facts.Add("segments", $"{summary.Segments}, {Format.Size(summary.FileBytes)}, {Format.Size(summary.LiveBytes)} of it live; {summary.Spares} spare");
        facts.Add("body files", $"{summary.BodyFiles}, {Format.Size(summary.BodyFileBytes)}; {summary.OrphanFiles} without a message");
        facts.Add("completed", $"{summary.Completed} messages whose records are still there");
        facts.Add("torn", $"{summary.Torn} records, never acknowledged");
        facts.Add("damage", summary.Damaged == 0 ? "none in the log; bodies were not read" : $"{summary.Damaged} places: gateway spool verify names them");
        facts.Add("read in", string.Create(CultureInfo.InvariantCulture, $"{summary.Seconds:0.00} s"));
        facts.Write(output);
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
