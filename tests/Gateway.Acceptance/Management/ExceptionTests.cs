using System.Text.Json;
using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Management;

/// <summary>Policies and exceptions of the configuration decide about mail, and their use is shown.</summary>
public sealed class ExceptionTests
{
    [Fact(Timeout = 120_000)]
    public async Task Exception_ForSomeRecipients_LetsTheirMailPassAndIsCounted()
    {
        await using ScriptedSmtpServer downstream = new() { KeepTranscript = false };
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(
            downstream,
            "Listeners:0:Name=inside",
            "Policies:0:Name=strict", "Policies:0:Listeners=inside", "Policies:0:RecipientDomains=strict.test", "Policies:0:Rules:missing-boundary=reject",
            "Exceptions:0:Name=lab", "Exceptions:0:Rule=missing-boundary", "Exceptions:0:RecipientDomains=*.lab.test",
            "Exceptions:0:Reason=they test scanners", "Exceptions:0:Author=ada", "Exceptions:0:Expires=2099-12-31");

        await Mail.AcceptedAsync(gateway.Smtp, Mail.Malformed("quarantined"), "bob@example.net");
        Assert.StartsWith("550 ", await Mail.SendAsync(gateway.Smtp, Mail.Malformed("refused"), "bob@strict.test"), StringComparison.Ordinal);
        await Mail.AcceptedAsync(gateway.Smtp, Mail.Malformed("passes"), "bob@x.lab.test");
        await downstream.WaitForMessagesAsync(1, TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(async () => await gateway.StatusAsync("quarantined") == 1, "the first is quarantined");

        Assert.Equal("bob@x.lab.test", Assert.Single(downstream.Messages).Recipients[0]);
        JsonElement row = Assert.Single(await gateway.JsonAsync("rules", "exceptions"));
        Assert.Equal((1, "lab", "ada"), (row.GetProperty("uses").GetInt32(), row.GetProperty("name").GetString(), row.GetProperty("author").GetString()));
        Assert.Equal(1, await gateway.StatusAsync("exceptionUses"));
        Assert.Equal(1, await gateway.MetricAsync("gateway_exceptions_used_total"));
        Assert.Contains("1 in force", (await gateway.CommandAsync("status")).Good().Output, StringComparison.Ordinal);
    }
}
