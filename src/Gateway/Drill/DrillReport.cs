using System.Globalization;
using Gateway.Commands;

namespace Gateway.Drill;

/// <summary>What a drill came to.</summary>
/// <param name="Drill">Its name.</param>
/// <param name="IsShort">It ran with short clocks.</param>
/// <param name="Kept">Every promise was kept.</param>
/// <param name="Timeline">What happened when.</param>
/// <param name="Delays">Delays of mail, without and with the incident.</param>
/// <param name="Account">Where all messages ended.</param>
/// <param name="Promises">Each promise, and whether it was kept.</param>
internal sealed record DrillReport(
    string Drill, bool IsShort, bool Kept, IReadOnlyList<TimelineEntry> Timeline, IReadOnlyList<DelaySummary> Delays, MailAccount Account,
    IReadOnlyList<DrillPromise> Promises)
{
    /// <summary>Writes it for people.</summary>
    public void Write(TextWriter output)
    {
        WriteTimeline(output);
        WriteDelays(output);
        WriteAccount(output);
        output.WriteLine();
        foreach (DrillPromise promise in Promises)
        {
            output.WriteLine($"{(promise.IsKept ? "kept  " : "BROKEN")}  {promise.Text}: {promise.Found}");
        }

        output.WriteLine();
        output.WriteLine(Kept ? $"{Drill}: the promise was kept." : $"{Drill}: THE PROMISE WAS NOT KEPT.");
    }

    /// <summary>One moment on the timeline.</summary>
    public static string Moment(double seconds) => seconds < 600
        ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s")
        : string.Create(CultureInfo.InvariantCulture, $"{TimeSpan.FromSeconds(seconds):h\\:mm\\:ss}");

    private void WriteTimeline(TextWriter output)
    {
        TextTable table = new(new TextColumn("AT", ColumnAlignment.Right), new TextColumn("WHAT HAPPENED"));
        foreach (TimelineEntry entry in Timeline)
        {
            string more = entry.Times == 1
                ? string.Empty
                : string.Create(CultureInfo.InvariantCulture, $" ({entry.Times} times, the last at {Moment(entry.LastSeconds)})");
            table.Add(Moment(entry.Seconds), entry.What + more);
        }

        table.Write(output);
        output.WriteLine();
    }

    private void WriteDelays(TextWriter output)
    {
        TextTable table = new(
            "MAIL, FROM THE SENDER TO THE MAIL SYSTEM BEHIND", new TextColumn("SENT", ColumnAlignment.Right), new TextColumn("ARRIVED", ColumnAlignment.Right),
            new TextColumn("P50", ColumnAlignment.Right), new TextColumn("P99", ColumnAlignment.Right), new TextColumn("MAX", ColumnAlignment.Right));
        foreach (DelaySummary delay in Delays)
        {
            table.Add(
                delay.Label, delay.Sent.ToString(CultureInfo.InvariantCulture), delay.Arrived.ToString(CultureInfo.InvariantCulture),
                Delay(delay.P50), Delay(delay.P99), Delay(delay.Max));
        }

        table.Write(output);
        output.WriteLine();
    }

    private void WriteAccount(TextWriter output)
    {
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"sent {Account.Sent}, answered 250 {Account.Answered250}, refused {Account.Refused}, not taken {Account.NotTaken}"));
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"delivered {Account.Delivered}, queued {Account.Queued}, quarantined {Account.Quarantined}, duplicated {Account.Duplicated}, altered {Account.Altered}, LOST {Account.Lost}"));
    }

    private static string Delay(double milliseconds) => milliseconds < 10_000
        ? Format.Milliseconds(milliseconds)
        : Moment(milliseconds / 1000);
}
