using System.Net;
using Gateway.Relay.Intake;
using Gateway.Relay.Telemetry;
using Gateway.Relay.Tests.House;
using Gateway.Smtp.Server;
using Xunit;

namespace Gateway.Relay.Tests.Intake;

/// <summary>What was noted of a session is in its last log line, and counted where it was a refusal.</summary>
public sealed class SessionClosingTests : IDisposable
{
    private readonly LogLines _log = new();
    private readonly MetricSums _metrics = new();
    private readonly SmtpPeer _peer = new("s", new IPEndPoint(IPAddress.Parse("192.0.2.1"), 4025), new IPEndPoint(IPAddress.Loopback, 25));

    public static TheoryData<SessionNotes> Notes => [.. Enum.GetValues<SessionNotes>().Where(n => n != SessionNotes.None)];

    [Theory]
    [MemberData(nameof(Notes))]
    public void Report_Note_IsInTheLogAndCountedWhenItIsARefusal(SessionNotes note)
    {
        Report(SessionNotes.None, note);
        Assert.EndsWith($"notes={note.Text()}", Assert.Single(_log.All), StringComparison.Ordinal);
        bool onlyNoted = note is SessionNotes.BareLineFeed or SessionNotes.ControlCharacters or SessionNotes.LineEndsNormalized or SessionNotes.MessageMemory;
        Assert.Equal(onlyNoted ? 0 : 1, _metrics[$"gateway.sessions.rejected|{note.Text()}"]);
    }

    [Fact]
    public void Report_SeveralNotes_AreOneListAndEachIsCountedOnce()
    {
        Report(SessionNotes.TooLarge | SessionNotes.TimedOut, SessionNotes.TimedOut | SessionNotes.InspectionTime);
        Assert.EndsWith("notes=timed_out,too_large,inspection_time", Assert.Single(_log.All), StringComparison.Ordinal);
        Assert.Equal(1, _metrics["gateway.sessions.rejected|timed_out"]);
        Assert.Equal(1, _metrics["gateway.sessions.rejected|too_large"]);
        Assert.Equal(1, _metrics["gateway.sessions.rejected|inspection_time"]);
    }

    [Theory]
    [InlineData(SessionNotes.None, null, null, 0, "none")]
    [InlineData(SessionNotes.TooLarge, "::1", "x", 0, "too_large,via=[::1],tls=<x>")]
    [InlineData(SessionNotes.None, null, "no shared\ncipher", 0, "tls=<no shared\\u000acipher>")]
    [InlineData(SessionNotes.None, null, null, 2, "auth_failures=2")]
    [InlineData(SessionNotes.TooManyAuthFailures, null, null, 3, "too_many_auth_failures,auth_failures=3")]
    public void Notes_WithFailures_AreOneListWithoutNone(SessionNotes found, string? via, string? tlsFailure, int authenticationFailures, string text) =>
        Assert.Equal(text, SessionClosing.Notes(found, via is null ? null : System.Net.IPAddress.Parse(via), tlsFailure, authenticationFailures));

    public void Dispose()
    {
        _log.Dispose();
        _metrics.Dispose();
    }

    private void Report(SessionNotes ofSession, SessionNotes ofReceiver) =>
        new SessionClosing(new GatewayMetrics(_metrics), _log, TimeProvider.System).Report(
            _peer, new SessionSummary(SessionEnd.Quit, 1, 0, 0, TimeSpan.Zero, null) { Notes = ofSession }, ofReceiver, "mx");
}
