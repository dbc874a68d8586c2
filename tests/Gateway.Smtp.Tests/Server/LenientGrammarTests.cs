using Gateway.TestKit;
using Xunit;

namespace Gateway.Smtp.Tests.Server;

/// <summary>What devices and scripts send outside of the grammar: 501 to strangers, taken from clients of networks that are excepted.</summary>
public class LenientGrammarTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("MAIL FROM:ada@example.org", "RCPT TO:bob@example.net")]
    [InlineData("MAIL FROM: ada@example.org SIZE=10", "RCPT TO: bob@example.net NOTIFY=NEVER")]
    [InlineData("MAIL FROM :<ada@example.org>", "RCPT TO :<bob@example.net>")]
    [InlineData("MAIL FROM:<ada@example.org.>", "RCPT TO:<bob@example.net.>")]
    [InlineData("MAIL FROM:ada@example.org.", "RCPT TO:bob@example.net.")]
    public async Task Envelope_OutsideOfTheGrammar_IsTakenFromTheExceptedOnly(string mail, string recipient)
    {
        SmtpTestHost.SkipWithPackage("the package keeps to the grammar");
        await using SmtpTestHost strict = await SmtpTestHost.StartAsync();
        await using ScriptedSmtpClient stranger = await strict.GreetAsync();
        Assert.StartsWith("501 5.", await SayAsync(stranger, mail), StringComparison.Ordinal);
        Assert.StartsWith("250", await SayAsync(stranger, "MAIL FROM:<ada@example.org>"), StringComparison.Ordinal);
        Assert.StartsWith("501 5.", await SayAsync(stranger, recipient), StringComparison.Ordinal);

        await using SmtpTestHost lenient = await SmtpTestHost.StartAsync(lenient: true);
        await using ScriptedSmtpClient device = await lenient.GreetAsync();
        Assert.StartsWith("250", await SayAsync(device, mail), StringComparison.Ordinal);
        Assert.StartsWith("250", await SayAsync(device, recipient), StringComparison.Ordinal);
        Assert.StartsWith("354", await SayAsync(device, "DATA"), StringComparison.Ordinal);
        Assert.StartsWith("250", await SayAsync(device, "Subject: x\r\n\r\nx\r\n."), StringComparison.Ordinal);
        Assert.Equal("ada@example.org", Assert.Single(lenient.Receivers.Messages).Sender);
        Assert.Equal(["bob@example.net"], Assert.Single(lenient.Receivers.Messages).Recipients);
    }

    [Theory]
    [InlineData("MAIL FROM:Ada <ada@example.org>")]
    [InlineData("MAIL FROM:")]
    [InlineData("MAIL FROM:ada")]
    [InlineData("MAIL FROM <ada@example.org>")]
    [InlineData("MAIL :<ada@example.org>")]
    public async Task Mail_MeaningIsNotPlain_IsRefusedForAll(string mail)
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(lenient: true);
        await using ScriptedSmtpClient client = await host.GreetAsync();
        Assert.StartsWith("501 5.", await SayAsync(client, mail), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "501 5.5.4")]
    [InlineData(true, "250")]
    public async Task Hello_NameWithBlanks_IsTakenFromTheExceptedOnly(bool excepted, string reply)
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(lenient: excepted);
        await using ScriptedSmtpClient client = await host.ConnectAsync();
        await client.ReadReplyAsync(Stop);
        Assert.StartsWith(reply, await SayAsync(client, "EHLO My Computer"), StringComparison.Ordinal);
    }

    private static async Task<string> SayAsync(ScriptedSmtpClient client, string line)
    {
        await client.SendAsync(line + "\r\n", Stop);
        return await client.ReadReplyAsync(Stop) ?? throw new InvalidOperationException("The server closed the connection.");
    }
}
