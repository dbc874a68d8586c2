using Xunit;

namespace Gateway.Tests.Management;

/// <summary>Routes named in the letters of their domain.</summary>
public sealed class RouteNameTests
{
    [Fact]
    public async Task Route_InItsOwnLetters_IsTheOneOfItsALabels()
    {
        await using LiveGateway gateway = await LiveGateway.StartAsync(settings: ["Relay:Routes:0:Domain=b\u00FCcher.test", "Relay:Routes:0:Hosts:0=127.0.0.1:1"]);
        Assert.Equal(0, (await gateway.RunAsync("route", "pause", "B\u00DCCHER.test")).ExitCode);
        string id = await gateway.SendAsync("Subject: hi\r\n\r\nHello.\r\n", "x@xn--bcher-kva.test", "ada@example.org");
        foreach (string route in (string[])["b\u00FCcher.test", "xn--bcher-kva.test"])
        {
            Assert.Contains(id, (await gateway.RunAsync("queue", "list", "--route", route)).Output, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(id, (await gateway.RunAsync("queue", "list", "--route", "default")).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await gateway.RunAsync("route", "resume", "b\u00FCcher.test")).ExitCode);
        Assert.NotEqual(0, (await gateway.RunAsync("route", "resume", "b\u00FCche.test")).ExitCode);
    }
}
