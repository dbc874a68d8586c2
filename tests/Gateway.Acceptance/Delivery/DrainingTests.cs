using System.Globalization;
using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Delivery;

/// <summary>The first of two hosts of a route turns mail away, a real Postfix where Postfix can be told to; the second, a real Postfix, has all of it in the same attempt.</summary>
/// <remarks>The long form with 1,000 messages each, and with times, is eng/drain.sh.</remarks>
public sealed class DrainingTests
{
    private const int Each = 8;

    private static readonly string[] Restrictions =
    [
        "smtpd_client_restrictions = check_client_access static:{421 4.3.2 draining}",
        "smtpd_sender_restrictions = check_sender_access static:{421 4.3.2 draining}",
        "smtpd_recipient_restrictions = check_recipient_access static:{421 4.3.2 draining}",
        "smtpd_data_restrictions = check_client_access static:{421 4.3.2 draining}",
        "smtpd_sender_restrictions = check_sender_access static:{451 4.3.0 trouble}",
        // A full disk: 452 4.3.1 to MAIL.
        "queue_minfree = 100000000000000",
    ];

    [Fact(Timeout = 300_000)]
    public async Task FirstHostDrains_TheSecondHasAllAtOnce_NoneBouncedNoneTwice()
    {
        int[] ports = [.. Restrictions.Select(static _ => FreePort.Take())];
        await using PostfixReceiver first = await PostfixReceiver.StartAsync([.. Restrictions.Select((r, i) => Draining(ports[i], r))]);
        await using PostfixReceiver second = await PostfixReceiver.StartAsync();
        await using ScriptedSmtpServer closing = new();
        await using ScriptedSmtpServer silent = new();
        closing.On(SmtpStep.FinalDot, SmtpAction.Drop);
        silent.On(SmtpStep.Connect, SmtpAction.Hang);
        int[] all = [.. ports, closing.Port, silent.Port];
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(
            null, ["Delivery:NextHostAfter=1s", .. all.SelectMany((port, i) => RouteOf(i, port, second.Port))]);

        for (int i = 0; i < Each; i++)
        {
            await Task.WhenAll(Enumerable.Range(0, all.Length).Select(f => Mail.AcceptedAsync(gateway.Smtp, Mail.Clean($"m{i}-f{f}"), Recipient(i, f))));
        }

        await Eventually.TrueAsync(() => gateway.Log.Count(static l => l.Contains("status=sent", StringComparison.Ordinal)) >= Each * all.Length, "all of it is delivered");
        for (int f = 0; f < all.Length; f++)
        {
            for (int i = 0; i < Each; i++)
            {
                string recipient = Recipient(i, f);
                string[] lines = [.. gateway.Log.Where(l => l.Contains($": to=<{recipient}>, relay=", StringComparison.Ordinal))];
                Assert.Single(lines, l => l.Contains("status=sent", StringComparison.Ordinal) && l.Contains($":{second.Port},", StringComparison.Ordinal));
                // Only a drop behind the end of data costs a second attempt, which follows at once.
                Assert.True(lines.Length == 1 || (all[f] == closing.Port && lines.Length == 2), string.Join('\n', lines));
                Assert.DoesNotContain(lines, static l => l.Contains("status=bounced", StringComparison.Ordinal));
                await Eventually.TrueAsync(() => Count(second.Log, recipient) > 0, $"Postfix has {recipient}");
                Assert.Equal(1, Count(second.Log, recipient));
            }
        }

        Assert.DoesNotContain("status=sent", first.Log, StringComparison.Ordinal);
    }

    private static string Recipient(int message, int form) => string.Create(CultureInfo.InvariantCulture, $"m{message}@f{form}.test");

    private static int Count(string log, string recipient) =>
        log.Split('\n').Count(l => l.Contains($"to=<{recipient}>", StringComparison.Ordinal) && l.Contains("status=sent", StringComparison.Ordinal));

    private static string Draining(int port, string restriction) => string.Create(
        CultureInfo.InvariantCulture, $"127.0.0.1:{port} inet n - n - - smtpd\n  -o smtpd_delay_reject=no\n  -o {{ {restriction} }}");

    private static IEnumerable<string> RouteOf(int form, int port, int second) =>
    [
        string.Create(CultureInfo.InvariantCulture, $"Relay:Routes:{form}:Domain=f{form}.test"),
        string.Create(CultureInfo.InvariantCulture, $"Relay:Routes:{form}:Hosts:0=127.0.0.1:{port}"),
        string.Create(CultureInfo.InvariantCulture, $"Relay:Routes:{form}:Hosts:1=127.0.0.1:{second}"),
    ];
}
