using System.Globalization;

namespace Gateway.Drill;

/// <summary>Runs one drill from the empty stage to the report.</summary>
internal static class DrillRunner
{
    /// <summary>Runs it.</summary>
    /// <param name="drill">The drill.</param>
    /// <param name="options">How.</param>
    /// <param name="show">Told of each line of the timeline as it happens.</param>
    /// <param name="ct">Stops it.</param>
    public static async Task<DrillReport> RunAsync(IncidentDrill drill, DrillOptions options, Action<TimelineEntry> show, CancellationToken ct)
    {
        await using DrillStage stage = new(options, drill.MakeClock(), show);
        await drill.RunAsync(stage, ct);
        MailAccount account = await stage.AccountAsync(ct);
        stage.Timeline.Step("end");
        stage.Promise("no message that was answered 250 is lost", account.Lost == 0, string.Create(CultureInfo.InvariantCulture, $"{account.Lost} of {account.Answered250} lost"));
        stage.Promise("what arrives is byte for byte what was sent", account.Altered == 0, string.Create(CultureInfo.InvariantCulture, $"{account.Altered} of {account.Delivered} altered"));
        stage.Promise("no clean message is blamed", account.CleanBlamed == 0, string.Create(CultureInfo.InvariantCulture, $"{account.CleanBlamed} refused or quarantined"));
        return new DrillReport(
            drill.Name, options.Short, stage.Promises.All(static p => p.IsKept), stage.Timeline.Entries, stage.Delays, account, stage.Promises);
    }
}
