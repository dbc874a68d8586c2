using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Delivery;

/// <summary>The real executable with a name server and a mail host at an address of a network namespace: hosts that DNS names are never loopback.</summary>
/// <remarks>The short form of eng/mx.sh.</remarks>
public sealed class MxHostTests
{
    private const string Namespace = "ip link set lo up && ip addr add 192.0.2.10/32 dev lo && exec \"$@\"";

    [Fact(Timeout = 180_000)]
    public async Task Mx_RightToLeftNamesLiteralsAndOtherServers_MailArrives()
    {
        ToolResult may = await Tool.RunAsync("unshare", ["--net", "sh", "-c", Namespace, "sh", "true"]);
        Assert.SkipUnless(may.ExitCode == 0, $"NOT TESTED: mail by MX in a network namespace. It needs root, unshare and ip: {may.Error}");
        ToolResult run = await Tool.RunAsync(
            "unshare",
            [
                "--net", "sh", "-c", Namespace, "sh", "python3", Path.Combine(Repository.Root, "eng", "mx.py"), GatewayUnderTest.Executable + ".dll", "--short",
            ]);
        Assert.Equal("good", run.Good().Lines[^1]);
    }
}
