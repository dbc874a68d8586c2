using System.Collections.Frozen;
using System.Net;
using Gateway.Relay.Policy;
using Gateway.Relay.Tests.House;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Xunit;

namespace Gateway.Relay.Tests.Intake;

/// <summary>Who may relay at which listener.</summary>
public class ListenerAccessTests
{
    private const string Stranger = "203.0.113.9";
    private const string Device = "192.0.2.7";

    private static readonly RelayControl Own = new(new NetworkList([IPNetwork.Parse("192.0.2.0/24")]), ["ours.test", "*.sub.test"]);
    private static readonly RelayControl Nobody = new(new NetworkList([]), []);

    public static TheoryData<string, string, string, bool> Table => new()
    {
        { "own", Stranger, "b@ours.test", true },
        { "own", Stranger, "b@x.sub.test", true },
        { "own", Stranger, "b@relay.test", false },
        { "own", Stranger, "b@other.test", false },
        { "own", Device, "b@other.test", true },
        { "own", "127.0.0.1", "b@other.test", false },
        { "nobody", Device, "b@ours.test", false },
        { "nobody", "127.0.0.1", "b@relay.test", false },
        { "other", Stranger, "b@relay.test", true },
        { "other", Stranger, "b@ours.test", false },
        { "other", Device, "b@other.test", false },
        { "other", "127.0.0.1", "b@other.test", true },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public async Task Recipient_AtAListener_GoesByItsOwnListsOrThoseOfAll(string listener, string client, string recipient, bool isTaken)
    {
        await using RelayHouse house = await OpenAsync();
        Assert.Equal(isTaken ? Replies.RecipientOk : Replies.RelayDenied, await RecipientAsync(house, listener, client, $"<{recipient}>"));
    }

    [Theory]
    [MemberData(nameof(RelayControlTests.OpenRelayForms), MemberType = typeof(RelayControlTests))]
    public async Task Stranger_OpenRelayForm_IsDeniedAtEachListener(string path)
    {
        await using RelayHouse house = await OpenAsync();
        foreach (string listener in new[] { "own", "nobody", "other" })
        {
            Assert.Same(Replies.RelayDenied, await RecipientAsync(house, listener, Stranger, path));
        }
    }

    [Fact]
    public async Task IsAllowed_ClientOfOneListener_MayCauseNotifications()
    {
        await using RelayHouse house = await OpenAsync();
        Assert.True(house.Profile.IsAllowed(IPAddress.Parse(Device)));
        Assert.True(house.Profile.IsAllowed(IPAddress.Loopback));
        Assert.False(house.Profile.IsAllowed(IPAddress.Parse(Stranger)));
    }

    private static Task<RelayHouse> OpenAsync() => RelayHouse.OpenedAsync(static house => house.Profile = house.Profile with
    {
        Control = new RelayControl(NetworkList.Loopback, ["relay.test"]),
        Listeners = new Dictionary<string, ListenerAccess>(StringComparer.Ordinal)
        {
            ["own"] = new(Own, new NetworkList([])),
            ["nobody"] = new(Nobody, new NetworkList([])),
        }.ToFrozenDictionary(StringComparer.Ordinal),
    });

    private static async Task<SmtpReply> RecipientAsync(RelayHouse house, string listener, string client, string path)
    {
        SmtpPeer peer = new("s", new IPEndPoint(IPAddress.Parse(client), 4025), new IPEndPoint(IPAddress.Loopback, 25));
        await using ISmtpReceiver session = house.Relay.Receivers.Of(listener).Create(peer);
        Assert.True(MailPath.TryParse(System.Text.Encoding.UTF8.GetBytes("<a@example.org>"), out MailPath sender, out _));
        Assert.True(MailPath.TryParse(System.Text.Encoding.UTF8.GetBytes(path), out MailPath recipient, out _));
        Assert.True((await session.MailAsync(sender, default)).IsSuccess);
        return await session.RecipientAsync(recipient, default);
    }
}
