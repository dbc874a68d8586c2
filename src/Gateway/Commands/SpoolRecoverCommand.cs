using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.Configuration;
using Gateway.Faults;
using Gateway.Relay.Message;
using Gateway.Spool;
using Gateway.Spool.Storage;

namespace Gateway.Commands;

/// <summary>What <c>gateway spool recover</c> makes.</summary>
internal enum SalvageForm
{
    /// <summary>A spool that a gateway can start with.</summary>
    Spool,

    /// <summary>A file for each message.</summary>
    Eml,
}

/// <summary><c>gateway spool recover</c>: what can be read of a damaged spool, as a new spool or as files.</summary>
internal static class SpoolRecoverCommand
{
    private const int ChunkBytes = 256 * 1024;

    public static Command Create(CommandContext context)
    {
        Option<OutputFormat> format = CommandContext.FormatOption();
        Argument<string?> directory = SpoolCommands.DirectoryArgument();
        Option<string> output = new("--output", "-o") { Description = "A directory that is empty or missing", Required = true, HelpName = "DIR" };
        Option<SalvageForm> form = ClosedOption.Of(
            new ClosedSet<SalvageForm>("form"), SalvageForm.Spool,
            "spool: to start a gateway with; eml: one ID.eml (with trace fields) and one ID.json (envelope) for each message", "--as");
        Command command = new(
            "recover",
            "Copy what can be read of a spool; the source stays as it is. Damaged places are copied to DIR/damaged as they are. Exit 0 all of it, 1 something is lost, 2 something could not be read.")
        {
            directory, output, form, format,
        };
        command.SetAction((parsed, ct) => Task.Run(
            async () =>
            {
                string target = Path.GetFullPath(parsed.GetValue(output)!);
                using SpoolArchive source = SpoolCommands.Open(SpoolCommands.Find(context, parsed, directory), ct);
                CheckTarget(source, target);
                try
                {
                    return await RunAsync(context, source, target, parsed.GetValue(form), parsed.GetValue(format), ct);
                }
                catch (DiskException e)
                {
                    throw e.Path.StartsWith(target, StringComparison.Ordinal)
                        ? new CommandFailedException(ExitCode.CannotCreate, SystemFailure.Of(e) + ".") : SpoolCommands.Failed(e);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException or SpoolUnavailableException or SpoolOpenException)
                {
                    throw new CommandFailedException(ExitCode.Unavailable, $"{SystemFailure.Of(e)}. What was recovered so far is in {target}.");
                }
            },
            ct));
        return command;
    }

    private static void CheckTarget(SpoolArchive source, string target)
    {
        try
        {
            source.CheckTarget(target);
        }
        catch (SpoolOpenException e)
        {
            throw new CommandFailedException(ExitCode.Usage, e.Message);
        }
    }

    private static async Task<int> RunAsync(
        CommandContext context, SpoolArchive source, string target, SalvageForm form, OutputFormat format, CancellationToken ct)
    {
        foreach (SpoolDamage damage in source.Recovery.Damage)
        {
            SpoolCommands.Print(context, SpoolDamageLine.Of(damage), format);
        }

        int skipped = 0;
        void Skip(SpoolEntry entry, string problem)
        {
            skipped++;
            string id = new MessageId(entry.Id.Value).ToString();
            if (format == OutputFormat.Json)
            {
                context.PrintJson(new SpoolSkippedLine(id, problem), CommandJson.Default.SpoolSkippedLine);
            }
            else
            {
                context.Output.WriteLine($"{id}: left out: {problem}");
            }
        }

        int recovered;
        if (form == SalvageForm.Spool)
        {
            SpoolSalvage salvage = new(source, TimeProvider.System);
            await salvage.CopyAsync(new SpoolOptions { Directory = target }, Skip, ct);
            recovered = salvage.Copied;
        }
        else
        {
            recovered = WriteFiles(source, target, Skip, ct);
        }

        CopyDamaged(source, Path.Combine(target, "damaged"));
        if (format == OutputFormat.Json)
        {
            context.PrintJson(
                new SpoolRecoverLine("summary", source.Directory, target, recovered, skipped, source.Recovery.Damage.Count), CommandJson.Default.SpoolRecoverLine);
        }
        else
        {
            context.Output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{recovered} messages recovered to {target}, {skipped} left out, {source.Recovery.Damage.Count} damaged places in the log."));
            if (form == SalvageForm.Spool)
            {
                context.Output.WriteLine($"To go on with it: move {source.Directory} aside, move {target} into its place, give it to the gateway's user, start the gateway.");
            }
        }

        return skipped + source.Recovery.Damage.Count == 0 ? ExitCode.Ok : ExitCode.Found;
    }

    private static int WriteFiles(SpoolArchive source, string target, Action<SpoolEntry, string> skip, CancellationToken ct)
    {
        PrivateFile.MakeFolder(target);
        int written = 0;
        foreach (SpoolEntry entry in source.Entries)
        {
            ct.ThrowIfCancellationRequested();
            string path = Path.Combine(target, new MessageId(entry.Id.Value).ToString());
            Envelope? envelope = WriteEnvelope(source, entry, path);
            try
            {
                using SpoolBody body = source.OpenBody(entry.Id);
                WriteMessage(path + ".eml", envelope, body);
                written++;
            }
            catch (SpoolCorruptException fault)
            {
                skip(entry, fault.Message + WriteDamaged(source, entry, path + ".damaged.eml", envelope));
            }
        }

        return written;
    }

    /// <summary>Writes the envelope with the last state; what is no JSON is left out, and the message written without trace fields.</summary>
    private static Envelope? WriteEnvelope(SpoolArchive source, SpoolEntry entry, string path)
    {
        try
        {
            ReadOnlyMemory<byte> stored = source.ReadHeader(entry.Id);
            Envelope envelope = Envelope.FromBytes(stored.Span);
            using FileStream file = PrivateFile.New(path + ".json");
            using Utf8JsonWriter json = new(file);
            json.WriteStartObject();
            json.WritePropertyName("envelope");
            json.WriteRawValue(stored.Span);
            if (!entry.State.IsEmpty)
            {
                json.WritePropertyName("state");
                json.WriteRawValue(entry.State.Span);
            }

            json.WriteEndObject();
            return envelope;
        }
        catch (Exception e) when (e is JsonException or SpoolCorruptException)
        {
            return null;
        }
    }

    /// <summary>Writes what is there of a damaged body, for a person to judge.</summary>
    private static string WriteDamaged(SpoolArchive source, SpoolEntry entry, string path, Envelope? envelope)
    {
        try
        {
            using SpoolBody body = source.OpenBody(entry.Id, asItIs: true);
            WriteMessage(path, envelope, body);
            return $"; what is there of it is in {path}";
        }
        catch (SpoolCorruptException)
        {
            return "";
        }
    }

    private static void WriteMessage(string path, Envelope? envelope, SpoolBody body)
    {
        using FileStream file = PrivateFile.New(path);
        file.Write(Encoding.UTF8.GetBytes(envelope?.Trace ?? ""));
        byte[] chunk = new byte[(int)Math.Min(ChunkBytes, Math.Max(1, body.Length))];
        long offset = 0;
        for (int read; (read = body.Read(offset, chunk)) > 0; offset += read)
        {
            file.Write(chunk, 0, read);
        }
    }

    private static void CopyDamaged(SpoolArchive source, string directory)
    {
        foreach (SpoolDamage damage in source.Recovery.Damage.Where(d => d.Length > 0))
        {
            PrivateFile.MakeFolder(directory);
            string path = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{damage.Segment}-{damage.Offset:x8}"));
            using FileStream file = PrivateFile.Create(path);
            byte[] chunk = new byte[(int)Math.Min(ChunkBytes, damage.Length)];
            long offset = 0;
            for (int read; (read = source.ReadDamaged(damage, offset, chunk)) > 0; offset += read)
            {
                file.Write(chunk, 0, read);
            }
        }
    }
}
