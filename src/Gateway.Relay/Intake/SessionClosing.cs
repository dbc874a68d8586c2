using System.Globalization;
using System.Net;
using System.Text;
using Gateway.Relay.Telemetry;
using Gateway.Smtp.Server;
using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Intake;

/// <summary>What the log and the metrics hear of a session that is over, and of its flight record when it ended badly.</summary>
/// <remarks>
/// A record is one event of at most <see cref="LongestRecord"/> characters, and at most <see cref="Rate"/> are written: a crowd of bad clients must not fill the log's disk. Threads: any.
/// </remarks>
internal sealed class SessionClosing(GatewayMetrics metrics, ILogger log, TimeProvider time)
{
    /// <summary>Characters of one record in the log; of a longer one the end is written.</summary>
    public const int LongestRecord = 4000;

    /// <summary>Records written; a burst up to it is written at once.</summary>
    public static readonly RateLimit Rate = RateLimit.PerMinute(60);

    private const string Separator = " | ";

    private readonly Lock _gate = new();
    private TokenBucket _written;

    /// <summary>A session ended.</summary>
    /// <param name="peer">Whose it was.</param>
    /// <param name="summary">Its facts.</param>
    /// <param name="more">What the receiver alone knows.</param>
    /// <param name="listener">The name of the listener.</param>
    public void Report(SmtpPeer peer, in SessionSummary summary, SessionNotes more, string listener)
    {
        SessionNotes notes = summary.Notes | more;
        string end = summary.End.ToString();
        string client = peer.Remote.Address.ToString();
        string engine = peer.Engine.Name();
        metrics.SessionClosed(end, engine, summary.Messages);
        foreach (string reason in notes.Refusals())
        {
            metrics.SessionRejected(reason);
        }

        if (summary.Fault is not null)
        {
            GatewayLog.SessionFault(log, summary.Fault, client, peer.SessionId);
        }

        GatewayLog.Disconnect(
            log, IntakeReport.NameOf(peer), client, LogText.InBrackets(peer.Hello), summary.Tally, summary.Errors, summary.Messages,
            summary.Elapsed.TotalSeconds, end, peer.SessionId, LogText.Escape(listener), engine, Notes(notes, peer.Via?.Address, peer.TlsFailure, peer.AuthenticationFailures));
        if (SessionRecorder.EndsBadly(summary.End) && peer.Recorder is { HasHeard: true } recorder)
        {
            bool written = log.IsEnabled(LogLevel.Information) && MayWrite();
            metrics.SessionRecord(written ? "written" : "dropped");
            if (written)
            {
                GatewayLog.SessionRecord(log, client, peer.SessionId, end, Text(recorder.Lines()));
            }
        }
    }

    /// <summary>All that stands behind <c>notes=</c>.</summary>
    internal static string Notes(SessionNotes found, IPAddress? via, string? tlsFailure, int authenticationFailures)
    {
        List<string> notes = found == SessionNotes.None ? [] : [found.Text()];
        if (via is not null)
        {
            notes.Add($"via=[{via}]");
        }

        if (tlsFailure is not null)
        {
            notes.Add($"tls=<{LogText.Escape(tlsFailure)}>");
        }

        if (authenticationFailures > 0)
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"auth_failures={authenticationFailures}"));
        }

        return notes.Count == 0 ? found.Text() : string.Join(',', notes);
    }

    /// <summary>The last lines that fit, in one.</summary>
    private static string Text(IReadOnlyList<SessionLine> lines)
    {
        int first = lines.Count;
        int length = 0;
        List<string> texts = [];
        while (first > 0 && (length += lines[first - 1].ToString().Length + Separator.Length) <= LongestRecord)
        {
            texts.Add(lines[--first].ToString());
        }

        texts.Reverse();
        StringBuilder text = new(length);
        if (first > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"({first} lines before){Separator}");
        }

        return text.AppendJoin(Separator, texts).ToString();
    }

    private bool MayWrite()
    {
        lock (_gate)
        {
            return _written.TryTake(Rate, time.GetTimestamp(), time.TimestampFrequency);
        }
    }
}
