using System.Net;
using Gateway.Relay.Inspection;
using Gateway.Relay.Message;
using Gateway.Smtp.Server;
using Gateway.TestKit;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Relay.Tests.Intake;

public sealed class IntakeLimitTests
{
    private static readonly ClientKey One = ClientKey.Of(IPAddress.Parse("192.0.2.1"));
    private static readonly ClientKey Other = ClientKey.Of(IPAddress.Parse("192.0.2.2"));
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Memory_BecomesScarce_GivesEachLess()
    {
        MessageMemory memory = new(800, _time);
        Assert.True(memory.TryTake(80, held: 0));
        Assert.False(memory.TryTake(80, held: 80));
        Assert.Equal(80, memory.Used);
        memory.Take(600);
        Assert.False(memory.TryTake(20, held: 0));
        Assert.True(memory.TryTake(10, held: 0));
        memory.Return(690);
        Assert.Equal(0, memory.Used);
    }

    [Fact]
    public async Task Wait_MemoryIsFreed_ComesBack()
    {
        MessageMemory memory = new(1000, _time);
        Assert.False(memory.IsScarce);
        memory.Take(900);
        Task wait = memory.WaitAsync(TestContext.Current.CancellationToken).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(50));
        Assert.False(wait.IsCompleted);
        memory.Return(900);
        _time.Advance(TimeSpan.FromMilliseconds(50));
        await wait.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Wait_MemoryStaysScarce_EndsAfterASecond()
    {
        MessageMemory memory = new(1000, _time);
        memory.Take(1000);
        Task wait = memory.WaitAsync(TestContext.Current.CancellationToken).AsTask();
        for (int i = 0; i < 200 && !wait.IsCompleted; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(50));
            await Settling.WaitAsync(TestContext.Current.CancellationToken);
        }

        Assert.True(wait.IsCompletedSuccessfully);
    }

    [Fact]
    public void Buffer_MemoryIsTaken_GoesToItsFileAndGivesAllBack()
    {
        MessageMemory memory = new(64 * 1024, _time);
        bool asked = false;
        using MessageBuffer buffer = new(
            () =>
            {
                asked = true;
                throw new QueueUnavailableException(QueueFault.DiskFull, "full", null);
            },
            memory);
        buffer.Append(new byte[8 * 1024]);
        Assert.False(asked);
        Assert.Equal(8 * 1024, memory.Used);
        Assert.Throws<QueueUnavailableException>(() => buffer.Append(new byte[1]));
        Assert.True(asked);
        buffer.Reset();
        Assert.Equal(0, memory.Used);
    }

    [Fact]
    public void Lane_OneClientWithManyInLine_ServesTheOtherNext()
    {
        FairGate lane = new(places: 1, mostOfOne: 3, mostInAll: 4);
        Assert.True(lane.TryEnter(One, out Task first));
        Assert.True(first.IsCompletedSuccessfully);
        Assert.True(lane.TryEnter(One, out Task second));
        Assert.True(lane.TryEnter(One, out Task third));
        Assert.True(lane.TryEnter(One, out Task fourth));
        Assert.False(lane.TryEnter(One, out _));
        Assert.True(lane.TryEnter(Other, out Task others));
        Assert.False(lane.TryEnter(ClientKey.Of(IPAddress.Loopback), out _));

        Task[] inLine = [second, third, fourth, others];
        List<Task> served = [];
        for (int i = 0; i < 4; i++)
        {
            lane.Leave();
            served.Add(inLine.Except(served).Single(t => t.IsCompleted));
        }

        Assert.Equal([second, others, third, fourth], served);
        lane.Leave();
        Assert.Equal(0, lane.Waiting);
        Assert.True(lane.TryEnter(Other, out Task free));
        Assert.True(free.IsCompletedSuccessfully);
    }

    [Fact]
    public void Budget_Overdrawn_SlowsThenRefusesThenForgives()
    {
        InspectionBudget budget = new(_time);
        TimeSpan aMinute = TimeSpan.FromSeconds(30);
        budget.Take(One, TimeSpan.FromSeconds(30), aMinute);
        Assert.Equal(TimeSpan.Zero, budget.Wait(One, aMinute));
        budget.Take(One, TimeSpan.FromSeconds(1), aMinute);
        Assert.Equal(TimeSpan.FromSeconds(2), budget.Wait(One, aMinute));
        budget.Take(One, TimeSpan.FromSeconds(20), aMinute);
        Assert.Equal(TimeSpan.FromSeconds(5), budget.Wait(One, aMinute));
        budget.Take(One, TimeSpan.FromSeconds(10), aMinute);
        Assert.Null(budget.Wait(One, aMinute));
        Assert.Equal(TimeSpan.Zero, budget.Wait(Other, aMinute));
        Assert.Equal(TimeSpan.Zero, budget.Wait(One, TimeSpan.Zero));

        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.NotNull(budget.Wait(One, aMinute));
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(TimeSpan.Zero, budget.Wait(One, aMinute));
        Assert.Equal(0, budget.Count);
    }

    [Fact]
    public void Disk_DeclaredSizeLeavesTooLittle_HasNoRoom()
    {
        long free = 1000;
        FreeDisk room = new(() => free, 400, _time);
        Assert.True(room.HasRoom(600));
        Assert.False(room.HasRoom(601));
        Assert.True(room.HasRoom(0));
        free = 2000;
        Assert.False(room.HasRoom(601));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(room.HasRoom(1600));
    }
}
