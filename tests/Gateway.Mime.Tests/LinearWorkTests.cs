using Gateway.TestKit;

namespace Gateway.Mime.Tests;

/// <summary>The work of an inspection is linear in the size of the message: counted, never timed.</summary>
/// <remarks>The time per octet is measured by <c>benchmarks/Gateway.Benchmarks --linear-time</c> over the same shapes.</remarks>
public class LinearWorkTests
{
    private const int Small = 192 * 1024;

    // What does not grow with the message: buffers, the first findings, growth of lists.
    private const int Slack = 512 * 1024;

    public static TheoryData<AttackShape> Shapes => [.. AttackShapes.All];

    [Theory]
    [MemberData(nameof(Shapes), DisableDiscoveryEnumeration = true)]
    public void Inspect_MessageOfTwiceTheSize_IsTwiceTheWorkAtMost(AttackShape shape)
    {
        Work once = Count(shape.Make(Small));
        Work twice = Count(shape.Make(2 * Small));
        Work fourTimes = Count(shape.Make(4 * Small));

        Compare("units", once.Units, twice.Units, fourTimes.Units);
        Compare("octets read", once.OctetsRead, twice.OctetsRead, fourTimes.OctetsRead);
        Compare("octets allocated", once.Allocated, twice.Allocated, fourTimes.Allocated);
        Assert.True(once.OctetsRead <= (8L * Small) + Slack, $"{shape}: {once.OctetsRead} octets read of {Small}");

        void Compare(string what, long one, long two, long four)
        {
            Assert.True(two <= (2.3 * one) + Slack, $"{shape}: {what} {one}, {two}, {four}");
            Assert.True(four <= (2.3 * two) + Slack, $"{shape}: {what} {one}, {two}, {four}");
        }
    }

    [Fact]
    public void Shapes_AreManyAndDifferent()
    {
        Assert.True(AttackShapes.All.Count >= 40);
        Assert.Equal(AttackShapes.All.Count, AttackShapes.All.Select(s => s.Name).Distinct(StringComparer.Ordinal).Count());
    }

    private static Work Count(byte[] message)
    {
        MimeInspector inspector = new();
        using CountingBytes content = new(message);
        // The first time, what is made once for an inspector is made.
        inspector.Inspect(content, default, TestContext.Current.CancellationToken);
        content.OctetsRead = 0;
        long before = GC.GetAllocatedBytesForCurrentThread();
        inspector.Inspect(content, default, TestContext.Current.CancellationToken);
        return new Work(inspector.WorkSpent, content.OctetsRead, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private readonly record struct Work(long Units, long OctetsRead, long Allocated);

    private sealed class CountingBytes(byte[] message) : MessageBytes
    {
        public long OctetsRead { get; set; }

        public override long Length => message.Length;

        public override int Read(long offset, Span<byte> destination)
        {
            int count = (int)Math.Min(destination.Length, Math.Max(0, message.Length - offset));
            message.AsSpan((int)offset, count).CopyTo(destination);
            OctetsRead += count;
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            // Nothing is quarantined.
        }
    }
}
