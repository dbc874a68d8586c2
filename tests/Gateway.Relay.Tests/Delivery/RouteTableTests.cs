using Gateway.Relay.Delivery.Routes;
using Gateway.Smtp.Client;
using Xunit;

namespace Gateway.Relay.Tests.Delivery;

public sealed class RouteTableTests
{
    private readonly RouteTable _table = new(
        [Of("example.org"), Of("*.example.org"), Of("*.deep.example.org"), Of("one.deep.example.org"), Of("*.org"), Of("[192.0.2.1]")], Of("default"));

    [Theory]
    [InlineData("a@example.org", "example.org")]
    [InlineData("a@EXAMPLE.Org", "example.org")]
    [InlineData("a@x.example.org", "*.example.org")]
    [InlineData("a@y.x.example.org", "*.example.org")]
    [InlineData("a@deep.example.org", "*.example.org")]
    [InlineData("a@x.deep.example.org", "*.deep.example.org")]
    [InlineData("a@one.deep.example.org", "one.deep.example.org")]
    [InlineData("a@X.One.Deep.Example.Org", "*.deep.example.org")]
    [InlineData("a@other.org", "*.org")]
    [InlineData("a@notexample.org", "*.org")]
    [InlineData("a@org", "default")]
    [InlineData("a@example.net", "default")]
    [InlineData("a@[192.0.2.1]", "[192.0.2.1]")]
    [InlineData("a@[192.0.2.2]", "default")]
    [InlineData("\"x@example.org\"@example.net", "default")]
    [InlineData("postmaster", "default")]
    public void Find_Address_TakesTheMostSpecificRoute(string address, string route) => Assert.Equal(route, _table.Find(address)!.Name);

    [Theory]
    [InlineData("default", "default")]
    [InlineData("b\u00FCcher.test", "xn--bcher-kva.test")]
    [InlineData("*.b\u00FCcher.test", "*.xn--bcher-kva.test")]
    [InlineData("bounces/b\u00FCcher.test", "bounces/xn--bcher-kva.test")]
    [InlineData("[ipv6:2001:DB8:0::1]", "[IPv6:2001:db8::1]")]
    [InlineData("Example.org", "Example.org")]
    public void NameOf_WrittenInAnyWay_IsTheNameOfListings(string text, string expected) => Assert.Equal(expected, RouteTable.NameOf(text));

    [Theory]
    [InlineData("a@b\u00FCcher.test")]
    [InlineData("a@xn--bcher-kva.test")]
    public void Find_DomainInItsOwnLetters_TakesTheRouteOfItsALabels(string address)
    {
        RouteTable table = new([Of("xn--bcher-kva.test")], Of("default") with { ByMx = true });
        Assert.Equal("xn--bcher-kva.test", table.Find(address)!.Name);
        Assert.Equal("x.xn--bcher-kva.test", table.Find(address.Replace("a@", "a@x.", StringComparison.Ordinal))!.Name);
    }

    [Fact]
    public void Find_NoDefault_HasNoRouteForOthers()
    {
        RouteTable table = new([Of("example.org")], null);
        Assert.Null(table.Find("a@example.net"));
        Assert.Null(table.Find("a@*"));
        Assert.Single(table.All);
    }

    [Fact]
    public void RetrySchedule_Waits_DoubleUpToTheLongestWithAFifthOfJitter()
    {
        RetrySchedule schedule = new();
        Random random = new(3);
        foreach ((int attempts, double seconds) in new[] { (0, 30.0), (1, 30), (2, 60), (3, 120), (7, 1920), (8, 3600), (1000, 3600), (int.MaxValue, 3600) })
        {
            double[] waits = [.. Enumerable.Range(0, 200).Select(_ => schedule.Wait(attempts, random).TotalSeconds)];
            Assert.All(waits, w => Assert.InRange(w, seconds * 0.8, seconds * 1.2));
            Assert.True(waits.Max() - waits.Min() > seconds * 0.2);
        }
    }

    private static Route Of(string name) => new(name, [new DownstreamHost("192.0.2.9", 25)]);
}
