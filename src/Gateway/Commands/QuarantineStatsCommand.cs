using System.CommandLine;
using System.Globalization;
using Gateway.Api;
using Gateway.Relay.Quarantine;

namespace Gateway.Commands;

/// <summary><c>gateway quarantine stats</c>: how full it is, with what and whose, and when it empties.</summary>
internal static class QuarantineStatsCommand
{
    public static Command Create(CommandContext context)
    {
        Option<OutputFormat> format = CommandContext.FormatOption();
        Command command = new("stats", "Show how full the quarantine is, what is quarantined by rule and client network, and for how long.") { format };
        command.SetAction(async (parsed, ct) =>
        {
            using ManagementClient client = ManagementClient.Open(context, parsed);
            QuarantineStats stats = await client.GetAsync("api/quarantine/stats", ApiJson.Default.QuarantineStats, ct);
            if (parsed.GetValue(format) == OutputFormat.Json)
            {
                context.PrintJson(stats, ApiJson.Default.QuarantineStats);
            }
            else
            {
                Print(context.Output, stats);
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static void Print(TextWriter output, QuarantineStats stats)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{100 * stats.Fill:0.0} % full"));
        output.WriteLine($"  messages   {Number(stats.Messages)} of {Limit(stats.MessagesLimit, Number)}, records {Number(stats.Records)}");
        output.WriteLine($"  on disk    {Format.Size(stats.StoredBytes)} of {Limit(stats.StoredBytesLimit, Format.Size)}, as received {Format.Size(stats.Bytes)}");
        output.WriteLine($"  a network  {Limit(stats.ClientMessagesLimit, Number)} messages, {Limit(stats.ClientBytesLimit, Format.Size)}");
        output.WriteLine($"  since the start: {Number(stats.Deferred)} put off with 451, {Number(stats.Expired)} discarded by age");
        if (stats.Reasons.Count > 0)
        {
            TextTable reasons = new("RULE", "MESSAGES", "SIZE", "OLDEST", "KEPT", "WHEN FULL");
            foreach (QuarantineRuleTotals reason in stats.Reasons)
            {
                reasons.Add(
                    reason.Rule, Number(reason.Messages), Format.Size(reason.Bytes), reason.Oldest is DateTimeOffset at ? Format.Time(at) : "-",
                    Days(reason.KeepSeconds), Days(reason.KeepWhenFullSeconds));
            }

            output.WriteLine();
            reasons.Write(output);
        }

        if (stats.Clients.Count > 0)
        {
            TextTable clients = new("NETWORK", "MESSAGES", "SIZE");
            foreach (ClientShare share in stats.Clients)
            {
                clients.Add(share.Network.Length == 0 ? "(none)" : share.Network, Number(share.Messages), Format.Size(share.Bytes));
            }

            output.WriteLine();
            clients.Write(output);
        }
    }

    private static string Limit(long limit, Func<long, string> text) => limit == 0 ? "any number of" : text(limit);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Days(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds / 86400:0.##}d");
}
