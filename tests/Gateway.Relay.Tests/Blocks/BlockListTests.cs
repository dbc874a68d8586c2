using System.Net;
using Gateway.Relay.Blocks;
using Gateway.Relay.Telemetry;
using Gateway.Relay.Tests.House;
using Gateway.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Relay.Tests.Blocks;

public sealed class BlockListTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.Parse("2026-11-30T09:00:00Z", System.Globalization.CultureInfo.InvariantCulture));
    private readonly MetricSums _meters = new();

    [Theory]
    [InlineData(BlockKind.Client, "192.0.2.9")]
    [InlineData(BlockKind.Client, "192.0.2.0/24")]
    [InlineData(BlockKind.Client, "2001:db8::/32")]
    [InlineData(BlockKind.Sender, "<>")]
    [InlineData(BlockKind.Sender, "ada@example.org")]
    [InlineData(BlockKind.Recipient, "*.example.org")]
    [InlineData(BlockKind.Fingerprint, "00ff00ff00ff00ff")]
    [InlineData(BlockKind.Header, "X-Mailer: spammer 3000")]
    public void Add_IsInForceAtOnceAndAfterARestart_AndEndsByItself(BlockKind kind, string value)
    {
        Block added = Add(Open(), kind, value, TimeSpan.FromHours(2));
        BlockList again = Open();
        Assert.Equal(added, Assert.Single(again.List()).Block);
        _time.Advance(TimeSpan.FromHours(2) - TimeSpan.FromSeconds(1));
        Assert.Single(again.List());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(again.List());
        Assert.Equal("B2", Add(again, kind, value, null).Id);
    }

    [Theory]
    [InlineData(BlockKind.Client, "0.0.0.0/0")]
    [InlineData(BlockKind.Client, "::/0")]
    [InlineData(BlockKind.Client, "10.0.0.1/8")]
    [InlineData(BlockKind.Client, "mail.example.org")]
    [InlineData(BlockKind.Sender, "")]
    [InlineData(BlockKind.Sender, "*")]
    [InlineData(BlockKind.Sender, "a@*.example.org")]
    [InlineData(BlockKind.Sender, "a@b.test,c@d.test")]
    [InlineData(BlockKind.Sender, "a@b@c.test")]
    [InlineData(BlockKind.Sender, "a b@c.test")]
    [InlineData(BlockKind.Sender, "*.a@b.test")]
    [InlineData(BlockKind.Recipient, "<>")]
    [InlineData(BlockKind.Recipient, "a..b")]
    [InlineData(BlockKind.Fingerprint, "ff")]
    [InlineData(BlockKind.Header, "Subject:")]
    [InlineData(BlockKind.Header, "Subject: x")]
    [InlineData(BlockKind.Header, ": text")]
    [InlineData(BlockKind.Header, "no colon")]
    public void Add_OfWhatIsNotUnderstoodOrEverything_IsRefusedInWords(BlockKind kind, string value)
    {
        BlockList list = Open();
        (Block? block, string problem) = list.Add(kind, value, BlockAction.Reject, null, "why", "ada");
        Assert.Null(block);
        Assert.EndsWith(".", problem, StringComparison.Ordinal);
        Assert.Empty(list.List());
    }

    [Theory]
    [InlineData("ada@example.org", "Ada@EXAMPLE.org", true)]
    [InlineData("ada@example.org", "bob@example.org", false)]
    [InlineData("ada@example.org", "", false)]
    [InlineData("example.org", "ada@example.org", true)]
    [InlineData("@example.org", "ada@example.org", true)]
    [InlineData("example.org", "ada@sub.example.org", false)]
    [InlineData("*.example.org", "ada@sub.example.org", true)]
    [InlineData("*.example.org", "ada@example.org", false)]
    [InlineData("*.example.org", "ada@notexample.org", false)]
    [InlineData("bücher.example", "ada@xn--bcher-kva.example", true)]
    [InlineData("xn--bcher-kva.example", "ada@bücher.example", true)]
    [InlineData("\"a@b\"@example.org", "\"a@b\"@example.org", true)]
    [InlineData("\"a, b\"@example.org", "\"a, b\"@example.org", true)]
    [InlineData("ada@example.org.", "ada@example.org", true)]
    [InlineData("example.org.", "ada@example.org", true)]
    [InlineData("<>", "", true)]
    [InlineData("<>", "ada@example.org", false)]
    public void Sender_IsKnownByAddressDomainOrNothing(string blocked, string sender, bool stopped)
    {
        BlockList list = Open();
        Add(list, BlockKind.Sender, blocked, null);
        Assert.Equal(stopped, list.OfSender(sender) is not null);
        Assert.Null(list.OfRecipient(sender));
    }

    [Fact]
    public void Client_IsKnownByNetwork()
    {
        BlockList list = Open();
        Add(list, BlockKind.Client, "192.0.2.0/24", null);
        Assert.NotNull(list.OfClient(IPAddress.Parse("192.0.2.77")));
        Assert.Null(list.OfClient(IPAddress.Parse("192.0.3.1")));
    }

    [Fact]
    public void Remove_EndsIt_AndItsNameIsNotUsedAgain()
    {
        BlockList list = Open();
        Add(list, BlockKind.Sender, "example.org", null);
        Assert.False(list.Remove("B2", "ada", "why"));
        Assert.True(list.Remove("b1", "ada", "why"));
        Assert.Empty(Open().List());
        Assert.Equal("B2", Add(Open(), BlockKind.Sender, "example.org", null).Id);
    }

    [Fact]
    public void Add_Twice_NamesTheFirst() =>
        Assert.Contains("B1", Twice(Open()).Problem, StringComparison.Ordinal);

    [Fact]
    public void Count_IsShownWithItsTime()
    {
        BlockList list = Open();
        Block block = Add(list, BlockKind.Sender, "example.org", null);
        list.Count(block);
        list.Count(block);
        BlockUse use = Assert.Single(list.List());
        Assert.Equal((2L, _time.GetUtcNow()), (use.Hits, use.Last));
    }

    [Fact]
    public void Add_FolderIsGone_ChangesNothing()
    {
        BlockList list = Open();
        Add(list, BlockKind.Sender, "example.org", null);
        Directory.Delete(_directory.Path, recursive: true);
        Assert.ThrowsAny<IOException>(() => list.Add(BlockKind.Sender, "example.net", BlockAction.Reject, null, "why", "ada"));
        Assert.ThrowsAny<IOException>(() => list.Remove("B1", "ada", "why"));
        Assert.Equal("example.org", Assert.Single(list.List()).Block.Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("{\"lastId\":1,\"blocks\":[{\"id\":\"B1\"}]}")]
    [InlineData("{\"lastId\":1,\"blocks\":[{\"id\":\"B1\",\"kind\":\"Client\",\"value\":\"nobody\",\"action\":\"Reject\",\"reason\":\"\",\"author\":\"\",\"created\":\"2026-11-30T09:00:00Z\",\"expires\":null}]}")]
    public void Open_FileIsDamaged_SaysWhichAndWhatToDo(string content)
    {
        File.WriteAllText(_directory["blocks.json"], content);
        InvalidDataException problem = Assert.Throws<InvalidDataException>(() => Open());
        Assert.Contains("blocks.json", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    [System.Runtime.Versioning.SupportedOSPlatform("linux")]
    public void File_IsForTheGatewayAlone()
    {
        Add(Open(), BlockKind.Sender, "example.org", null);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_directory["blocks.json"]));
    }

    public void Dispose()
    {
        _meters.Dispose();
        _directory.Dispose();
    }

    private static Block Add(BlockList list, BlockKind kind, string value, TimeSpan? lasting)
    {
        (Block? block, string problem) = list.Add(kind, value, BlockAction.Reject, lasting, "why", "ada");
        Assert.True(block is not null, problem);
        return block!;
    }

    private static (Block? Block, string Problem) Twice(BlockList list)
    {
        Add(list, BlockKind.Sender, "example.org", null);
        return list.Add(BlockKind.Sender, "Example.ORG", BlockAction.Defer, null, "why", "ada");
    }

    private BlockList Open() => BlockList.Open(_directory.Path, _time, NullLogger.Instance, new GatewayMetrics(_meters));
}
