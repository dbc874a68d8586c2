using System.Buffers;
using CsCheck;
using Gateway.TestKit;

namespace Gateway.Spool.Tests;

/// <summary>Any sequence of commits, updates, completions, moves, restarts and crashes leaves what a dictionary would hold.</summary>
public sealed class ModelTests
{
    private enum Step
    {
        CommitSmall,
        CommitLarge,
        CommitFile,
        Update,
        Complete,
        CompleteOldest,
        Evacuate,
        Reopen,
        Crash,
    }

    [Fact]
    public async Task Spool_AnyHistory_EqualsADictionary()
        => await Gen.Select(
                Gen.Frequency(
                    (5, Gen.Const(Step.CommitSmall)),
                    (6, Gen.Const(Step.CommitLarge)),
                    (1, Gen.Const(Step.CommitFile)),
                    (4, Gen.Const(Step.Update)),
                    (8, Gen.Const(Step.Complete)),
                    (3, Gen.Const(Step.CompleteOldest)),
                    (1, Gen.Const(Step.Evacuate)),
                    (1, Gen.Const(Step.Reopen)),
                    (1, Gen.Const(Step.Crash))),
                Gen.Int[0, 1_000_000])
            .Array[20, 120]
            .SampleAsync(RunAsync, iter: 30, threads: 1);

    private static async Task RunAsync((Step Step, int Number)[] steps)
    {
        await using SpoolHarness harness = await SpoolHarness.OpenAsync(new FaultyDisk(), SpoolOptions.MinimumSegmentBytes);
        Dictionary<ulong, (int Length, int State)> model = [];
        ulong next = 1;
        foreach ((Step step, int number) in steps)
        {
            ulong[] live = [.. model.Keys.Order()];
            ulong any = live.Length == 0 ? 0 : live[number % live.Length];
            switch (step)
            {
                case Step.CommitSmall or Step.CommitLarge:
                    int length = step == Step.CommitSmall ? number % 300 : 5_000 + (number % 10_000);
                    await harness.CommitAsync(next, length);
                    model[next++] = (length, 0);
                    break;
                case Step.CommitFile:
                    await CommitFileAsync(harness, next);
                    model[next++] = (2000, 0);
                    break;
                case Step.Update when any != 0:
                    await harness.Spool.UpdateAsync(new SpoolId(any), BitConverter.GetBytes(number), SpoolHarness.Cancellation);
                    model[any] = (model[any].Length, number);
                    break;
                case Step.Complete or Step.CompleteOldest when any != 0:
                    ulong gone = step == Step.Complete ? any : live[0];
                    Assert.True(harness.Spool.Complete(new SpoolId(gone)));
                    model.Remove(gone);
                    break;
                case Step.Evacuate:
                    await harness.Spool.FlushAsync(SpoolHarness.Cancellation);
                    harness.Time.Advance(harness.Options.EvacuateAfter * 2);
                    await harness.Spool.Evacuating;
                    break;
                case Step.Reopen:
                    await harness.ReopenAsync();
                    Check(harness, model);
                    break;
                case Step.Crash:
                    await harness.CrashAsync();
                    Check(harness, model);
                    break;
                default:
                    break;
            }
        }

        Check(harness, model);
        await harness.CrashAsync();
        Check(harness, model);
        await harness.ReopenAsync();
        Check(harness, model);
    }

    private static async Task CommitFileAsync(SpoolHarness harness, ulong id)
    {
        using SpoolFile file = harness.Spool.CreateFile();
        file.Append(SpoolHarness.Bytes(2000, (int)id).ToArray());
        await harness.Spool.CommitAsync(new SpoolId(id), SpoolHarness.Header(id), file, SpoolHarness.Cancellation);
    }

    private static void Check(SpoolHarness harness, Dictionary<ulong, (int Length, int State)> model)
    {
        Assert.Empty(harness.Spool.Recovery.Damage);
        Assert.Equal(model.Keys.Order(), harness.LiveIds().Order());
        foreach ((ulong id, (int length, int state)) in model)
        {
            harness.AssertHas(id, length);
            byte[] expected = state == 0 ? [] : BitConverter.GetBytes(state);
            Assert.Equal(expected, harness.Spool.Find(new SpoolId(id))!.State.ToArray());
        }
    }
}
