using System.Buffers;
using Gateway.Smtp.Transport;
using Xunit;

namespace Gateway.Smtp.Tests.Server;

public sealed class LargeBlockPoolTests
{
    [Fact]
    public void Rent_AnySizeUpToABlock_GivesAWholeBlock()
    {
        using MemoryPool<byte> pool = new LargeBlockPoolFactory().Create();
        foreach (int size in (int[])[-1, 0, 1, 4096, LargeBlockPool.BlockLength])
        {
            using IMemoryOwner<byte> block = pool.Rent(size);
            Assert.Equal(LargeBlockPool.BlockLength, block.Memory.Length);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Rent(LargeBlockPool.BlockLength + 1));
    }

    [Fact]
    public void Dispose_Twice_GivesTheBlockBackOnce()
    {
        using LargeBlockPool pool = new();
        IMemoryOwner<byte> block = pool.Rent();
        block.Dispose();
        block.Dispose();

        using IMemoryOwner<byte> first = pool.Rent();
        using IMemoryOwner<byte> second = pool.Rent();
        Assert.Same(block, first);
        Assert.NotSame(first, second);
    }

    [Fact]
    public void Dispose_ManyBlocks_KeepsABoundedNumber()
    {
        using LargeBlockPool pool = new();
        IMemoryOwner<byte>[] before = [.. Enumerable.Range(0, 300).Select(_ => pool.Rent())];
        Array.ForEach(before, b => b.Dispose());
        IMemoryOwner<byte>[] after = [.. Enumerable.Range(0, 300).Select(_ => pool.Rent())];

        Assert.Equal(256, after.Intersect(before).Count());
        Assert.Equal(300, after.Distinct().Count());
        Array.ForEach(after, b => b.Dispose());
    }

    [Fact]
    public void Dispose_BlockAfterItsPool_IsDropped()
    {
        LargeBlockPool pool = new();
        IMemoryOwner<byte> block = pool.Rent();
        pool.Dispose();
        block.Dispose();

        using IMemoryOwner<byte> other = pool.Rent();
        Assert.NotSame(block, other);
    }
}
