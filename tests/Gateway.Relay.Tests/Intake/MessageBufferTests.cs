using System.Buffers;
using CsCheck;
using Gateway.Mime;
using Gateway.Relay.Message;
using Gateway.Relay.Queue;
using Gateway.Relay.Tests.House;
using Gateway.Spool;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Intake;

public sealed class MessageBufferTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _folder = new();
    private readonly FailingDisk _disk = new();
    private Gateway.Spool.Spool _spool = null!;

    public async ValueTask InitializeAsync() => _spool = await Gateway.Spool.Spool.OpenAsync(
        new SpoolOptions { Directory = _folder["spool"], SegmentBytes = 64 * 1024, MinimumFreeBytes = 0 }, TimeProvider.System, null, _disk, RelayHouse.Ct);

    private SpoolBodyFile CreateFile() => new SpoolBodyFile(_spool.CreateFile());

    public async ValueTask DisposeAsync()
    {
        await _spool.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(0, 100, false)]
    [InlineData(99, 100, false)]
    [InlineData(100, 100, false)]
    [InlineData(101, 100, true)]
    [InlineData(1, 0, true)]
    [InlineData(200_000, 200_000, false)]
    [InlineData(200_001, 200_000, true)]
    public void Append_AtTheLimit_MovesToAFileOnlyBeyondIt(int length, int limit, bool inFile)
    {
        using MessageBuffer buffer = new(CreateFile) { MemoryLimit = limit };
        byte[] octets = Octets(length);
        for (int i = 0; i < length; i += 1000)
        {
            buffer.Append(octets.AsSpan(i, Math.Min(1000, length - i)));
        }

        Assert.Equal(inFile, buffer.File is not null);
        Assert.Equal(length, buffer.Length);
        Assert.Equal(octets, Read(buffer));
    }

    [Fact]
    public void Append_AnySplitAndLimit_KeepsEveryOctet() => Gen.Select(Gen.Int[0, 40_000].Array[1, 12], Gen.Int[0, 200_000]).Sample(
        (pieces, limit) =>
        {
            using MessageBuffer buffer = new(CreateFile) { MemoryLimit = limit };
            byte[] octets = Octets(pieces.Sum());
            int at = 0;
            foreach (int piece in pieces)
            {
                buffer.Append(octets.AsSpan(at, piece));
                at += piece;
            }

            Assert.Equal(octets.Length > limit, buffer.File is not null);
            Assert.True(octets.AsSpan().SequenceEqual(Read(buffer)));
        },
        iter: 100);

    [Fact]
    public void Reset_AfterAFile_DeletesItAndStartsAnew()
    {
        using MessageBuffer buffer = new(CreateFile) { MemoryLimit = 10 };
        buffer.Append(Octets(100));
        Assert.Single(Files());
        buffer.Reset();

        Assert.Empty(Files());
        Assert.Equal(0, buffer.Length);
        buffer.Append(Octets(5));
        Assert.Null(buffer.File);
        Assert.Equal(Octets(5), Read(buffer));
    }

    [Fact]
    public void Append_DiskFullInTheMiddleOfTheMove_GivesNoBlockBackTwice()
    {
        // Blocks of this size are rented by this test alone in this process at this moment; the pool hands out the last one given back first.
        using MessageBuffer buffer = new(CreateFile) { MemoryLimit = 400_000 };
        buffer.Append(Octets(400_000));
        _disk.WriteError = FailingDisk.NoSpace;
        _disk.WritesLeft = 3;

        QueueUnavailableException fault = Assert.Throws<QueueUnavailableException>(() => buffer.Append(Octets(1)));
        Assert.Equal(QueueFault.DiskFull, fault.Reason);
        buffer.Reset();

        byte[][] rented = [.. Enumerable.Range(0, 32).Select(_ => ArrayPool<byte>.Shared.Rent(64 * 1024))];
        Assert.Equal(rented.Length, rented.Distinct(ReferenceEqualityComparer.Instance).Count());
        Array.ForEach(rented, block => ArrayPool<byte>.Shared.Return(block));
        Assert.Empty(Files());
    }

    private static byte[] Octets(int length)
    {
        byte[] octets = new byte[length];
        new Random(7).NextBytes(octets);
        return octets;
    }

    private static byte[] Read(MessageBuffer buffer)
    {
        using MessageBytes view = buffer.View();
        using Stream stream = view.OpenStream();
        byte[] read = new byte[view.Length];
        stream.ReadExactly(read);
        Assert.Equal(-1, stream.ReadByte());
        return read;
    }

    private string[] Files() => Directory.GetFiles(_folder["spool"], "*", SearchOption.AllDirectories)
        .Where(f => Path.GetFileName(Path.GetDirectoryName(f)) == "large").ToArray();
}
