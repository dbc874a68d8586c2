using System.CommandLine;
using System.Globalization;
using System.Net.Http.Headers;
using Gateway.Api;
using Gateway.Checking;
using Gateway.Faults;
using Gateway.Relay.Telemetry;

namespace Gateway.Commands;

/// <summary><c>gateway queue import</c>: takes over what <c>queue export</c> wrote, of this gateway or of another one.</summary>
internal static class QueueImportCommand
{
    /// <summary>Behind the name of an envelope whose message was taken: a second run does not take it again.</summary>
    private const string Taken = ".imported";

    public static Command Create(CommandContext context)
    {
        Argument<string> folder = new("dir") { Description = "Directory with one ID.eml and one ID.json each, as written by 'queue export'", HelpName = "DIR" };
        Option<bool> dry = new("--dry-run") { Description = "Only say what would be imported" };
        Option<string?> note = new("--note") { Description = "Why; recorded with your name" };
        Command command = new("import", "Take exported mail into the queue, each message under a new id; ID.json becomes ID.json.imported.") { folder, dry, note };
        command.SetAction(async (parsed, ct) =>
        {
            string[] entries = Entries(parsed.GetValue(folder)!);
            bool isDry = parsed.GetValue(dry);
            using ManagementClient client = ManagementClient.Open(context, parsed);
            ManyMessages many = new(context);
            int refused = 0;
            await many.RunAsync(entries, async entry =>
            {
                string name = LogText.Escape(Path.GetFileNameWithoutExtension(entry));
                try
                {
                    string id = await ImportAsync(client, entry, parsed.GetValue(note) ?? string.Empty, isDry, ct);
                    context.Output.WriteLine(isDry ? $"would import {name}" : $"imported {name} as {id}{Mark(entry)}");
                }
                catch (CommandFailedException e) when (e.ExitCode == ExitCode.Usage)
                {
                    refused++;
                    throw new CommandFailedException(ExitCode.Unreadable, $"{name}: {e.Message}");
                }
            });
            return many.Finish($"{ManyMessages.Messages(many.Done)} {(isDry ? "would be " : string.Empty)}imported"
                + (refused > 0 ? string.Create(CultureInfo.InvariantCulture, $", {refused} refused") : string.Empty));
        });
        return command;
    }

    private static string[] Entries(string folder)
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCode.NotFound, $"{LogText.Escape(folder)} cannot be read: {SystemFailure.Of(e)}");
        }
    }

    [Excused("GW0005", "only the name changes: an import that is marked twice has the same content")]
    private static string Mark(string entry)
    {
        try
        {
            File.Move(entry, entry + Taken, overwrite: true);
            return string.Empty;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $", but {LogText.Escape(Path.GetFileName(entry))} cannot be renamed ({SystemFailure.Of(e)}): a second run imports it again";
        }
    }

    private static async Task<string> ImportAsync(ManagementClient client, string entry, string note, bool dry, CancellationToken ct)
    {
        try
        {
            using MultipartFormDataContent form = new();
            ByteArrayContent json = new(await File.ReadAllBytesAsync(entry, ct));
            json.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            form.Add(json, "entry");
            form.Add(new StreamContent(File.OpenRead(Path.ChangeExtension(entry, ".eml"))), "message", "message.eml");
            string query = $"api/queue/import?dryRun={(dry ? "true" : "false")}{(note.Length > 0 ? $"&reason={Uri.EscapeDataString(note)}" : string.Empty)}";
            OrderResult result = await client.SendAsync(query, form, ApiJson.Default.OrderResult, ct);
            return result.ReleaseId;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCode.Usage, $"its files cannot be read: {FileProblem.Of(entry, e)}");
        }
    }
}
