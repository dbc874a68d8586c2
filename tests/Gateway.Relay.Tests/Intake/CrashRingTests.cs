using Gateway.Mime;
using Gateway.Relay.Inspection;
using Gateway.Relay.Message;
using Gateway.Relay.Quarantine;
using Gateway.Relay.Tests.House;
using Gateway.TestKit;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Relay.Tests.Intake;

public sealed class CrashRingTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 5, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Open_SlotStillMarked_MakesASuspectOfIt()
    {
        using (CrashRing ring = CrashRing.Open(_folder.Path, _time))
        {
            Assert.Equal(0, ring.Found);
            ring.Mark(3, 0xABC, 1234);
            ring.Mark(4, 0xDEF, 99);
            ring.Clear(4);
        }

        using CrashRing next = CrashRing.Open(_folder.Path, _time);
        Assert.Equal(1, next.Found);
        CrashSuspect suspect = Assert.Single(next.Suspects.All);
        Assert.Equal(("00000000000000000000000000000abc", 1234L, 1), (suspect.Digest, suspect.Size, suspect.Crashes));
        Assert.True(next.Suspects.Meets(0xABC));
        Assert.False(next.Suspects.Meets(0xDEF));
        Assert.Equal(1, Assert.Single(next.Suspects.All).Quarantined);
    }

    [Fact]
    public void Open_SecondTime_FindsTheSuspectInTheListAndNoMark()
    {
        Crash(0xABC);
        CrashRing.Open(_folder.Path, _time).Dispose();
        using (CrashRing again = CrashRing.Open(_folder.Path, _time))
        {
            Assert.Equal(0, again.Found);
            Assert.Equal(1, again.Suspects.Count);
        }

        Crash(0xABC);
        using CrashRing third = CrashRing.Open(_folder.Path, _time);
        Assert.Equal(2, Assert.Single(third.Suspects.All).Crashes);
    }

    [Fact]
    public void Meets_AWeekLater_HasForgotten()
    {
        Crash(0xABC);
        using (CrashRing ring = CrashRing.Open(_folder.Path, _time))
        {
            _time.Advance(CrashRing.Memory - TimeSpan.FromSeconds(1));
            Assert.True(ring.Suspects.Meets(0xABC));
            _time.Advance(TimeSpan.FromSeconds(2));
            Assert.False(ring.Suspects.Meets(0xABC));
        }

        using CrashRing later = CrashRing.Open(_folder.Path, _time);
        Assert.Equal(0, later.Suspects.Count);
    }

    [Fact]
    public void Forget_OneOrAll_CountsAcrossARestart()
    {
        using (CrashRing ring = CrashRing.Open(_folder.Path, _time))
        {
            ring.Mark(0, 1, 1);
            ring.Mark(1, 2, 1);
            ring.Mark(2, 3, 1);
        }

        using (CrashRing ring = CrashRing.Open(_folder.Path, _time))
        {
            Assert.Equal(0, ring.Suspects.Forget("nonsense"));
            Assert.Equal(1, ring.Suspects.Forget("00000000000000000000000000000002"));
            Assert.False(ring.Suspects.Meets(2));
        }

        using CrashRing next = CrashRing.Open(_folder.Path, _time);
        Assert.Equal(2, next.Suspects.Count);
        Assert.Equal(2, next.Suspects.Forget(null));
        Assert.False(next.Suspects.Meets(1));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a ring at all")]
    public void Open_FileOfAnotherKind_BeginsAnew(string content)
    {
        File.WriteAllText(_folder[CrashRing.FileName], content);
        File.WriteAllText(_folder[CrashList.FileName], "{ not a list");

        using CrashRing ring = CrashRing.Open(_folder.Path, _time);

        Assert.Equal(0, ring.Found);
        Assert.Equal(0, ring.Suspects.Count);
        Assert.True(File.Exists(_folder[CrashList.FileName + ".damaged"]));
        ring.Mark(CrashRing.Slots - 1, 1, 1);
    }

    [Fact]
    public async Task Inspection_WhileItRuns_IsMarkedAndNotBehindIt()
    {
        using InspectionScheduler scheduler = new(_time, places: 1, settings: null, CrashRing.Open(_folder.Path, _time));
        using StuckBytes stuck = new();
        Task<InspectionReport?> inspection = stuck.InspectAsync(scheduler, 0x77);
        await stuck.Reached.WaitAsync(TimeSpan.FromSeconds(20), RelayHouse.Ct);
        // What a process that dies now leaves behind; the copy is the next process.
        using TemporaryDirectory copy = new();
        File.Copy(_folder[CrashRing.FileName], copy[CrashRing.FileName]);
        stuck.Release();
        Assert.NotNull(await inspection);

        using (CrashRing dead = CrashRing.Open(copy.Path, _time))
        {
            Assert.True(dead.Suspects.Meets(0x77));
        }

        scheduler.Dispose();
        using CrashRing clean = CrashRing.Open(_folder.Path, _time);
        Assert.Equal(0, clean.Found);
    }

    [Fact]
    public async Task CommitAsync_SuspectComesAgain_IsHeldUninspectedUntilForgotten()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        MessageBuffer clean = new(() => throw new InvalidOperationException());
        clean.Append(System.Text.Encoding.Latin1.GetBytes(RelayHouse.Clean));
        await house.CloseAsync();
        using (CrashRing ring = CrashRing.Open(house.Folder, house.Time))
        {
            ring.Mark(7, clean.Digest, clean.Length);
        }

        await house.OpenAsync();
        QuarantineEntry entry = await house.QuarantinedAsync(await house.QueueAsync());
        Assert.Equal("parser-fault", entry.WorstRule);
        Assert.Contains("not read again", Assert.Single(entry.Findings).Detail, StringComparison.Ordinal);
        Assert.Contains(house.Logs.Errors, l => l.Contains("1 messages under inspection", StringComparison.Ordinal));
        Assert.Equal(1, Assert.Single(house.Relay.Suspects.All).Quarantined);
        await house.QueueAsync(RelayHouse.Clean + "another\r\n");
        await house.Server.WaitForMessagesAsync(1, RelayHouse.Ct);

        Assert.Equal(1, house.Relay.ForgetSuspects(null, "test"));
        await house.QueueAsync();
        await house.Server.WaitForMessagesAsync(2, RelayHouse.Ct);
        clean.Dispose();
    }

    public void Dispose() => _folder.Dispose();

    private void Crash(UInt128 digest)
    {
        using CrashRing ring = CrashRing.Open(_folder.Path, _time);
        ring.Mark(0, digest, 10);
    }
}
