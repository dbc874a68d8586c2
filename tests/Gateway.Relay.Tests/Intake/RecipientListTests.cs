using Gateway.Relay.Intake;
using Gateway.Relay.Tests.House;
using Gateway.Smtp.Protocol;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Intake;

public sealed class RecipientListTests
{
    [Theory]
    [InlineData("b@example.net", "b@example.net", 1)]
    [InlineData("b@example.net", "b@EXAMPLE.net", 1)]
    [InlineData("b@example.net", "B@example.net", 2)]
    [InlineData("\"b@c\"@example.net", "\"b@C\"@example.net", 2)]
    [InlineData("b@example.net", "b@example.org", 2)]
    [InlineData("postmaster", "postmaster", 1)]
    public void Add_Twice_IsOneWhenTheDomainIsEqualWithoutCaseAndTheLocalPartExactly(string first, string second, int count)
    {
        RecipientList list = new();
        list.Add(first, default);
        list.Add(second, default);
        list.Add(first, default);
        Assert.Equal(count, list.Addresses.Count);
        Assert.Equal(count, list.Wishes.Count);
        Assert.Equal(first, list.Addresses[0]);
        list.Clear();
        list.Add(second, default);
        Assert.Equal([second], list.Addresses);
    }

    [Fact]
    public void Add_AgainWithAnotherWish_JoinsThem()
    {
        RecipientList list = new();
        list.Add("b@example.net", new RecipientParameters(DsnNotify.Never, null));
        list.Add("b@Example.net", new RecipientParameters(DsnNotify.Delay, "rfc822;b@example.net"));
        Assert.Equal([new RecipientParameters(DsnNotify.Delay, "rfc822;b@example.net")], list.Wishes);
    }

    [Fact]
    public async Task Recipient_NamedTwice_GetsTheMessageOnce()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        await house.QueueAsync(RelayHouse.Clean, "a..b@example.net", "c@example.net", "a..b@EXAMPLE.NET", "c@example.net", "A..b@example.net");
        await house.EmptyAsync();
        ReceivedMessage got = Assert.Single(house.Server.Messages);
        Assert.Equal(["a..b@example.net", "c@example.net", "A..b@example.net"], got.Recipients);
    }
}
