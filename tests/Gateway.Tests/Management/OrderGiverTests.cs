using Gateway.Api;
using Xunit;

namespace Gateway.Tests.Management;

public sealed class OrderGiverTests
{
    private const uint Own = 990;
    private const uint Other = 1001;

    [Theory]
    [InlineData(null, null, "api")]
    [InlineData("ada", null, "ada")]
    [InlineData(" ", Other, "grace")]
    [InlineData(null, 0u, "root")]
    [InlineData("ada (sudo)", 0u, "ada (sudo)")]
    [InlineData("ada (as gateway)", Own, "ada (as gateway)")]
    [InlineData("grace", Other, "grace")]
    // The token was lent: both names stand in the audit.
    [InlineData("ada", Other, "ada (as grace)")]
    public void Name_ByHeaderAndPeer(string? said, uint? user, string expected) =>
        Assert.Equal(expected, OrderGiver.Name(said, user, user switch { null => null, 0 => "root", Own => "gateway", _ => "grace" }, Own));
}
