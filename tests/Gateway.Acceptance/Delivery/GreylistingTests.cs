using System.Globalization;
using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Delivery;

/// <summary>A real Postfix with Debian's postgrey, at RCPT and behind the end of data: the mail arrives when the time is over, and nobody calls it poison.</summary>
/// <remarks>The delay is short here; eng/greylist.sh takes postgrey's own 5 minutes.</remarks>
public sealed class GreylistingTests
{
    private const int Seconds = 5;

    [Theory(Timeout = 180_000)]
    [InlineData("smtpd_recipient_restrictions")]
    [InlineData("smtpd_end_of_data_restrictions")]
    public async Task Greylisted_IsDeliveredWhenTheTimeIsOver(string at)
    {
        await using Postgrey postgrey = await Postgrey.StartAsync(Seconds);
        int port = FreePort.Take();
        await using PostfixReceiver postfix = await PostfixReceiver.StartAsync(string.Create(
            CultureInfo.InvariantCulture, $"127.0.0.1:{port} inet n - n - - smtpd\n  -o {{ {at} = check_policy_service inet:127.0.0.1:{postgrey.Port} }}"));
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(
            null, string.Create(CultureInfo.InvariantCulture, $"Relay:DefaultRoute:Hosts:0=127.0.0.1:{port}"));

        await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("grey"), "grey@example.net");
        await Eventually.TrueAsync(() => gateway.Log.Any(static l => l.Contains("to=<grey@example.net>", StringComparison.Ordinal) && l.Contains("status=sent", StringComparison.Ordinal)), "it is delivered");

        string[] lines = [.. gateway.Log.Where(static l => l.Contains(": to=<grey@example.net>, relay=", StringComparison.Ordinal))];
        Assert.Single(lines, static l => l.Contains("status=sent", StringComparison.Ordinal));
        Assert.Contains(lines, static l => l.Contains("status=deferred (450 4.2.0 ", StringComparison.Ordinal) && l.Contains("Greylisted", StringComparison.Ordinal));
        Assert.DoesNotContain(gateway.Log, static l => l.Contains("suspect, route=", StringComparison.Ordinal) || l.Contains("downstream-poison", StringComparison.Ordinal));
        await postfix.WaitForLogAsync("to=<grey@example.net>");
    }
}
