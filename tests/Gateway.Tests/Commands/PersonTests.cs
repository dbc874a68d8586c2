using Gateway.Commands;
using Xunit;

namespace Gateway.Tests.Commands;

public sealed class PersonTests
{
    [Theory]
    [InlineData("root", true, "ada", null, "ada (sudo)")]
    [InlineData("root", true, "ada", "ada", "ada (sudo)")]
    [InlineData("root", true, null, "ada", "ada (as root)")]
    [InlineData("root", true, "root", null, "root")]
    [InlineData("gateway", false, null, "ada", "ada (as gateway)")]
    // Anybody may set a variable: only what root's has is believed.
    [InlineData("gateway", false, "ada", null, "gateway")]
    [InlineData("gateway", false, "eve", "ada", "ada (as gateway)")]
    [InlineData("ada", false, null, "ada", "ada")]
    [InlineData("", false, null, null, "user without a name")]
    [InlineData("root", true, "a\r\nX-Gateway-Actor: eve\u202e", null, "a??X-Gateway-Actor: eve? (sudo)")]
    public void Name_IsThePersonBehindTheUser(string user, bool isRoot, string? sudo, string? login, string expected) =>
        Assert.Equal(expected, Person.Name(user, isRoot, sudo, login));
}
