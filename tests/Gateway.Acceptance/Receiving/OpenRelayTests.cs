using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Receiving;

/// <summary>What strangers try to get mail sent on, as the open-relay testers do it: over the wire, to the real process.</summary>
public sealed class OpenRelayTests
{
    /// <summary>Behind <c>RCPT TO:</c>; ours.test and all below sub.test are domains that everybody may send to.</summary>
    private static readonly string[] s_forms =
    [
        // Plain.
        "<victim@other.test>",
        "victim@other.test",
        " victim@other.test",
        "<victim@ours.test.other.test>",
        "<victim@notours.test>",
        "<victim@sub.test>",
        "<victim@evilsub.test>",
        "<victim@localhost>",
        "<victim>",
        "<\"victim\">",
        // Source routes.
        "<@ours.test:victim@other.test>",
        "<@[127.0.0.1]:victim@other.test>",
        "<@ours.test,@ours.test:victim@other.test>",
        "<@other.test:victim%other.test@ours.test>",
        "<@ours.test:@other.test:victim@ours.test>",
        "<@ours.test:other.test!victim>",
        // Percent hack.
        "<victim%other.test@ours.test>",
        "<victim%other.test@x.sub.test>",
        "<victim%other.test%ours.test@ours.test>",
        "<victim%other.test@[127.0.0.1]>",
        "<victim%other.test>",
        "<\"victim%other.test\"@ours.test>",
        "<\"victim\\%other.test\"@ours.test>",
        // Bang paths.
        "<other.test!victim>",
        "<other.test!victim@ours.test>",
        "<other.test!victim@[127.0.0.1]>",
        "<ours.test!other.test!victim@ours.test>",
        "<\"other.test!victim\"@ours.test>",
        // Quoted parts and several at signs.
        "<\"victim@other.test\">",
        "<\"victim@other.test\"@ours.test>",
        "<\"victim@other.test\"@[127.0.0.1]>",
        "<\"victim\\@other.test\"@ours.test>",
        "<\"@other.test:victim\"@ours.test>",
        "<\"<victim@other.test>\"@ours.test>",
        "<victim@other.test@ours.test>",
        "<victim@ours.test@other.test>",
        "<victim@other.test\\@ours.test>",
        "<victim@other.test,ours.test>",
        "<victim@other.test;@ours.test>",
        // Address literals.
        "<victim@[127.0.0.1]>",
        "<victim@[IPv6:::1]>",
        "<victim@[ours.test]>",
        // More than one path, and text behind the path.
        "<joe@ours.test><victim@other.test>",
        "<joe@ours.test>,<victim@other.test>",
        "<joe@ours.test> <victim@other.test>",
        "<victim@other.test> <joe@ours.test>",
        "<victim@other.test> ORCPT=rfc822;joe@ours.test",
        "<victim@other.test>@ours.test",
        "<joe@ours.test\0@other.test>",
        "<victim@other.test\r@ours.test>",
    ];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Stranger_AnyAddressForm_IsRefusedForEverySender()
    {
        await using ScriptedSmtpServer downstream = new();
        await using GatewayUnderTest gateway = await StartAsync(downstream);
        List<string> taken = [];
        Assert.True(s_forms.Distinct(StringComparer.Ordinal).Count() >= 30);
        foreach (string form in s_forms)
        {
            foreach (string sender in (string[])["<mallory@other.test>", "<>", "<boss@ours.test>", "<boss@[127.0.0.1]>"])
            {
                await using ScriptedSmtpClient client = await Mail.ConnectAsync(gateway.Smtp);
                Assert.Equal("250 2.1.0 Ok", await client.SayAsync("MAIL FROM:" + sender, Ct));
                string? reply = await client.SayAsync("RCPT TO:" + form, Ct);
                // Never 4xx: a stranger that is told to come again would.
                if (reply?.StartsWith('5') != true)
                {
                    taken.Add($"{sender} {form}: {reply}");
                }

                // It may have ended the session; it has not made a recipient of it.
                if (await TrySayAsync(client, "DATA") is string data && !data.StartsWith('5'))
                {
                    taken.Add($"{sender} {form}: DATA {data}");
                }
            }
        }

        Assert.Empty(taken);
        await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("ours"), "joe@ours.test");
        await downstream.WaitForMessagesAsync(1, Ct);
        Assert.Equal(["joe@ours.test"], Assert.Single(downstream.Messages).Recipients);
    }

    [Theory(Timeout = 120_000)]
    [InlineData("EHLO [192.0.2.1]", "250 ")]
    [InlineData("EHLO localhost", "250 ")]
    [InlineData("EHLO gateway.test", "250 ")]
    [InlineData("XCLIENT ADDR=192.0.2.1", "5")]
    [InlineData("XFORWARD ADDR=192.0.2.1", "5")]
    [InlineData("PROXY TCP4 192.0.2.1 127.0.0.1 4711 25", "5")]
    [InlineData("AUTH PLAIN AGpvZQBzZXNhbWUgc3RyZWV0IDc=", "5")]
    public async Task Stranger_SaysItIsSomebodyElse_StaysAStranger(string claim, string answer)
    {
        await using ScriptedSmtpServer downstream = new();
        await using GatewayUnderTest gateway = await StartAsync(downstream);
        await using ScriptedSmtpClient client = await Mail.ConnectAsync(gateway.Smtp);
        string reply = await client.SayAsync(claim, Ct) ?? "(hung up)";
        Assert.StartsWith(answer, reply.Split('\n')[^1], StringComparison.Ordinal);
        Assert.Equal("250 2.1.0 Ok", await client.SayAsync("MAIL FROM:<mallory@other.test>", Ct));
        Assert.StartsWith("550 5.7.1 ", await client.SayAsync("RCPT TO:<victim@other.test>", Ct), StringComparison.Ordinal);
    }

    private static async Task<string?> TrySayAsync(ScriptedSmtpClient client, string line)
    {
        try
        {
            return await client.SayAsync(line, Ct);
        }
        catch (IOException)
        {
            return null;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return null;
        }
    }

    private static Task<GatewayUnderTest> StartAsync(ScriptedSmtpServer downstream) => GatewayUnderTest.StartAsync(
        downstream, "Relay:AllowedNetworks:0=192.0.2.0/24", "Relay:Domains:0=ours.test", "Relay:Domains:1=*.sub.test",
        // This client connects often.
        "Limits:ClientConnectionRate=0");
}
