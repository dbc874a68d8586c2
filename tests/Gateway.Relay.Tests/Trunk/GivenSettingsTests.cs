using Xunit;

namespace Gateway.Relay.Tests.Trunk;

public class GivenSettingsTests
{
    [Fact]
    public async Task OpenAsync_SettingsWithoutResolver_StayAsTheyWereGiven()
    {
        MailRelaySettings? given = null;
        await using RelayRig rig = await RelayRig.StartAsync(settings: plain => given = plain);

        Assert.Null(given!.Downstream.Resolve);
    }
}
