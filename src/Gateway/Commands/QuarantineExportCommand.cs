using System.CommandLine;
using System.Text.Json;
using Gateway.Api;
using Gateway.Relay.Message;
using Gateway.Relay.Telemetry;

namespace Gateway.Commands;

/// <summary><c>gateway quarantine export</c>: quarantined mail and its findings as files.</summary>
internal static class QuarantineExportCommand
{
    public static Command Create(CommandContext context)
    {
        Argument<string[]> ids = new("id") { Description = "Quarantine ids", Arity = ArgumentArity.OneOrMore };
        Option<DirectoryInfo> target = new("--to") { Description = "Directory to write into", HelpName = "DIR", DefaultValueFactory = _ => new DirectoryInfo(".") };
        Command command = new("export", "Write quarantined mail as <id>.eml with its findings as <id>.json. Handle with care: the .eml is hostile.") { ids, target };
        command.SetAction(async (parsed, ct) =>
        {
            string folder = parsed.GetValue(target)!.FullName;
            using ManagementClient client = ManagementClient.Open(context, parsed);
            PrivateFile.MakeFolder(folder);
            ManyMessages many = new(context);
            await many.RunAsync(parsed.GetValue(ids)!, id => WriteAsync(context, client, folder, id, ct));
            return many.Finish(string.Empty);
        });
        return command;
    }

    private static async Task WriteAsync(CommandContext context, ManagementClient client, string folder, string given, CancellationToken ct)
    {
        // The name is made from the parsed id, never from what was typed.
        if (!MessageId.TryParse(given, out MessageId id))
        {
            throw new CommandFailedException(ExitCode.Usage, $"'{LogText.Escape(given, 40)}' is no quarantine id.");
        }

        QuarantineDetail detail = await client.GetAsync(QuarantineCommands.Path(given), ApiJson.Default.QuarantineDetail, ct);
        await using Stream body = await client.OpenAsync($"{QuarantineCommands.Path(given)}/message", ct);
        string eml = Path.Combine(folder, $"{id}.eml");
        string json = Path.Combine(folder, $"{id}.json");
        await PrivateFile.WriteAsync(eml, file => body.CopyToAsync(file, ct));
        await PrivateFile.WriteAsync(json, file => JsonSerializer.SerializeAsync(file, detail, ApiJson.Default.QuarantineDetail, ct));
        context.Output.WriteLine($"{eml}\n{json}");
    }
}
