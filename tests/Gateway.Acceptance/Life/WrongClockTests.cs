using System.Globalization;
using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Life;

/// <summary>The real process under libfaketime: its wall clock is wrong for a while, the clock that nobody can set goes on.</summary>
public sealed class WrongClockTests
{
    [Theory(Timeout = 180_000)]
    [InlineData("+10d")]
    [InlineData("-1d")]
    public async Task Jump_WhileMailWaits_ItIsRetriedOnTimeAndNotReturned(string leap)
    {
        await using ScriptedSmtpServer downstream = new();
        bool isBusy = true;
        downstream.On(SmtpStep.Rcpt, _ => Volatile.Read(ref isBusy) ? SmtpAction.Reply("450 4.2.1 later") : null);
        await using GatewayUnderTest gateway = new(downstream, "Relay:DelayWarning=4h");
        FakeClock clock = FakeClock.Of(gateway);
        await gateway.StartAsync();
        await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("waits"), "bob@example.net");
        await Eventually.TrueAsync(() => Deferrals(gateway) >= 1, "the message waits");

        clock.Set(leap);
        int before = Deferrals(gateway);
        // With First=1s two more attempts are due within seconds, by whichever clock it is that jumped.
        await Eventually.TrueAsync(() => Deferrals(gateway) >= before + 2, "it is tried on");
        clock.Set("+0");
        await Eventually.TrueAsync(() => Deferrals(gateway) >= before + 3, "it is tried on");
        Volatile.Write(ref isBusy, false);
        await gateway.WaitForEmptyQueueAsync();
        Assert.Equal(Mail.Sender, Assert.Single(downstream.Messages).Sender);
    }

    [Fact(Timeout = 180_000)]
    public async Task Message_TakenWhileTheClockWasAhead_DatesNothingBehindIt()
    {
        await using ScriptedSmtpServer downstream = new();
        await using GatewayUnderTest gateway = new(downstream);
        FakeClock clock = FakeClock.Of(gateway);
        clock.Set("+400d");
        await gateway.StartAsync();
        string held = await Mail.AcceptedAsync(gateway.Smtp, Mail.Malformed("quarantined"), "bob@example.net");
        await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("ahead"), "bob@example.net");
        await Eventually.TrueAsync(async () => await gateway.StatusAsync("quarantined") == 1 && downstream.Messages.Count == 1, "one is quarantined, one is sent");
        clock.Set("+0");
        await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("right"), "bob@example.net");
        await gateway.WaitForEmptyQueueAsync();
        Assert.Equal(0, await gateway.StopAsync());
        await gateway.StartAsync();
        string last = await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("restarted"), "bob@example.net");
        await gateway.WaitForEmptyQueueAsync();

        Assert.All(downstream.Messages.Skip(1), m => Assert.InRange(Math.Abs((DateTimeOffset.UtcNow - Received(m)).TotalMinutes), 0, 10));
        Assert.True(string.CompareOrdinal(last, held) > 0, "ids rise");
        Assert.Contains(gateway.Log, l => l.Contains("ClockLeap: the wall clock went back by ", StringComparison.Ordinal));
        Assert.Equal(1, await gateway.StatusAsync("quarantined"));
    }

    private static int Deferrals(GatewayUnderTest gateway) => gateway.Log.Count(l => l.Contains("status=deferred", StringComparison.Ordinal));

    private static DateTimeOffset Received(ReceivedMessage message)
    {
        string trace = message.Text[..message.Text.IndexOf("\r\nFrom:", StringComparison.Ordinal)];
        string date = trace[(trace.LastIndexOf(';') + 1)..].Trim();
        return DateTimeOffset.ParseExact(date, "ddd, dd MMM yyyy HH:mm:ss zzz", CultureInfo.InvariantCulture);
    }

    /// <summary>libfaketime's file with the offset of the wall clock.</summary>
    private sealed class FakeClock(string path)
    {
        public static FakeClock Of(GatewayUnderTest gateway)
        {
            const string Library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
            string library = File.Exists(Library) ? Library : Library.Replace("x86_64", "aarch64", StringComparison.Ordinal);
            Assert.True(File.Exists(library), $"This test needs {Library} (Debian package faketime); eng/test.sh installs it.");
            FakeClock clock = new(gateway["clock"]);
            clock.Set("+0");
            gateway.Variables["LD_PRELOAD"] = library;
            gateway.Variables["FAKETIME_TIMESTAMP_FILE"] = gateway["clock"];
            gateway.Variables["FAKETIME_DONT_FAKE_MONOTONIC"] = "1";
            gateway.Variables["FAKETIME_NO_CACHE"] = "1";
            return clock;
        }

        public void Set(string offset)
        {
            File.WriteAllText(path + ".new", offset + "\n");
            File.Move(path + ".new", path, overwrite: true);
        }
    }
}
