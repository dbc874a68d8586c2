using Gateway.Configuration;
using Gateway.Mime;
using Gateway.Tests.Management;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Tests.Configuration;

/// <summary>The policies of docs/policies are understood, and do what the page about the first two weeks says of them.</summary>
public sealed class ShippedPolicyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    // What devices send each night, and what the rules do with it when nobody has excepted them.
    private static readonly (string Content, bool IsHeld)[] Devices =
    [
        ("Subject: scan\r\n\r\nx\r\n", true),
        ("", true),
        ("From: root@nas.test\r\nSubject: cron\r\nContent-Type: text\r\n\r\nout\r\n", true),
        ("From: root@nas.test (NAS)\r\nTo: admin\r\nSubject: disk\r\n\r\nfull\r\n", false),
        ("From: ups@nas.test\r\nDate: today\r\nContent-Type: text/plain; charset=\r\n\r\nbattery\r\n", false),
    ];

    public static TheoryData<string> Files() => [.. Directory.GetFiles(Folder, "*.json").Select(static f => Path.GetFileName(f))];

    private static string Folder => Path.Combine(Repository.Root, "docs", "policies");

    [Theory]
    [MemberData(nameof(Files))]
    public void File_IsUnderstood_AsAPolicyAndAsAConfiguration(string name)
    {
        string file = Path.Combine(Folder, name);
        GatewayOptions policy = GatewayConfiguration.LoadPolicy(file, [.. RuleCatalogue.All.Select(r => r.Name)], [], out IReadOnlyList<ConfigurationProblem> problems);
        Assert.Empty(problems);
        Assert.NotEmpty(policy.Policies);
        Assert.DoesNotContain(GatewayConfiguration.Load(file, ["--Gateway:DataDirectory=/var/lib/gateway"], new Dictionary<string, string>(StringComparer.Ordinal), [.. RuleCatalogue.All.Select(r => r.Name)]).Problems, static p => !p.IsWarning);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("devices.json", "192.0.2.10")]
    [InlineData("devices.json", "198.51.100.1")]
    [InlineData("two-weeks.json", "198.51.100.1")]
    public async Task MailOfDevices_IsHeldFromStrangersAndTaggedWhereAPolicySaysSo(string? policy, string? client)
    {
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        bool softens = policy is not null && (policy is "two-weeks.json" || client is "192.0.2.10");
        for (int i = 0; i < Devices.Length; i++)
        {
            string file = Path.Combine(_folder.Path, $"{i}.eml");
            await File.WriteAllTextAsync(file, Devices[i].Content, LiveGateway.Ct);
            string[] options = policy is null ? [] : ["--policy", Path.Combine(Folder, policy), "--client", client!];
            CommandRun run = await gateway.RunAsync(["check", "--quiet", .. options, file]);
            Assert.True(run.ExitCode == (Devices[i].IsHeld && !softens ? 1 : 0), $"{policy} {client} {i}: {run.Output}{run.Error}");
        }
    }

    public void Dispose() => _folder.Dispose();
}
