using System.Diagnostics;
using Gateway.Mime;

namespace Gateway.Checking;

/// <summary>One finding as <c>gateway check --format json</c> prints it.</summary>
/// <param name="Rule">Rule name.</param>
/// <param name="Action">allow, tag, quarantine, reject.</param>
/// <param name="Offset">Octets from the start of the message.</param>
/// <param name="Length">Octets.</param>
/// <param name="Line">From 1.</param>
/// <param name="Part">Part path, empty for the top.</param>
/// <param name="Excerpt">The octets, escaped.</param>
/// <param name="Clause">RFC clause.</param>
/// <param name="Detail">One sentence.</param>
/// <param name="Readings">What two styles of reader see, where the finding is that they see different things.</param>
internal sealed record CheckFinding(
    string Rule, string Action, long Offset, int Length, int Line, string Part, string Excerpt, string Clause, string Detail, IReadOnlyList<CheckReading> Readings);

/// <summary>One of the two.</summary>
/// <param name="Reader">How that reader reads, as a phrase behind "a reader".</param>
/// <param name="Sees">The octets it comes to, escaped; empty for nothing.</param>
internal sealed record CheckReading(string Reader, string Sees);

/// <summary>One message as <c>gateway check --format json</c> prints it.</summary>
/// <param name="Path">The file, <c>-</c> for standard input.</param>
/// <param name="Index">The message in it, from 0.</param>
/// <param name="Size">Octets as they were inspected.</param>
/// <param name="Verdict">accept, tag, quarantine, reject.</param>
/// <param name="Findings">What was found.</param>
/// <param name="ElapsedMicroseconds">Scan and inspection.</param>
/// <param name="Policies">Names of the entries of Policies and Exceptions that were laid over the rules for it, in their order.</param>
internal sealed record CheckLine(
    string Path, int Index, long Size, string Verdict, IReadOnlyList<CheckFinding> Findings, double ElapsedMicroseconds, IReadOnlyList<string> Policies)
{
    /// <summary>The line of a report.</summary>
    public static CheckLine Of(SourceMessage message, InspectionReport report, TimeSpan elapsed, IReadOnlyList<string> policies) => new(
        message.Path, message.Index, message.Bytes.Length, report.Verdict.Name(), [.. report.Findings.Select(Of)],
        Math.Round(elapsed.TotalMicroseconds, 1), policies);

    private static CheckFinding Of(Finding finding) => new(
        finding.RuleName, finding.Action.Name(), finding.Offset, finding.Length, finding.Line, finding.Part,
        finding.ExcerptEscaped, finding.Clause, finding.Detail,
        [.. finding.Readings.Select(reading => new CheckReading(reading.Reader, Finding.Escape(reading.Sees.Span)))]);
}

/// <summary>Judges messages as the relay would: same scanner, same inspector, same policy.</summary>
/// <remarks>Threads: one at a time.</remarks>
/// <param name="policy">What rules do.</param>
/// <param name="nullSender">The messages are bounces.</param>
/// <param name="hostName">This host's name.</param>
internal sealed class MessageCheck(RulePolicy policy, bool nullSender, string hostName)
{
    private readonly WireScanner _scanner = new();
    private readonly MimeInspector _inspector = new();

    /// <summary>Judges one message.</summary>
    public (InspectionReport Report, TimeSpan Elapsed) Judge(SourceMessage message)
    {
        long start = Stopwatch.GetTimestamp();
        _scanner.Reset();
        _scanner.Append(message.Bytes.Span);
        InspectionContext context = new() { NullSender = nullSender, Policy = policy, HostName = hostName };
        using MessageBytes content = MessageBytes.FromMemory(message.Bytes);
        InspectionReport report = _inspector.Inspect(content, _scanner.Complete(), context, CancellationToken.None);
        return (report, Stopwatch.GetElapsedTime(start));
    }
}
