using Gateway.Mime;
using Gateway.Relay.Inspection;

namespace Gateway.Relay.Tests.House;

/// <summary>A message whose reading does not come back before the test lets it: what an endless loop of a parser looks like from outside.</summary>
internal sealed class StuckBytes(int size = 100) : MessageBytes
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _release = new();

    public override long Length => size;

    /// <summary>Completes when the inspection is stuck.</summary>
    public Task Reached => _reached.Task;

    public override int Read(long offset, Span<byte> destination)
    {
        _reached.TrySetResult();
        _release.Wait(TimeSpan.FromSeconds(60));
        int count = (int)Math.Min(destination.Length, Length - offset);
        destination[..count].Fill((byte)'x');
        return count;
    }

    public void Release() => _release.Set();

    public Task<InspectionReport?> InspectAsync(InspectionScheduler scheduler, UInt128 digest, InspectionClient client = default) => 
        scheduler.TryInspectAsync(this, Facts(), default, client, digest, CancellationToken.None).AsTask();

    protected override void Dispose(bool disposing)
    {
        _release.Set();
    }

    private WireFacts Facts()
    {
        WireScanner scanner = new();
        scanner.Append(new byte[size]);
        return scanner.Complete();
    }
}
