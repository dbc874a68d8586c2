using Gateway.Smtp.Server;
using Gateway.Smtp.Tests.Server;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Smtp.Tests.Engines;

/// <summary>What the package engine does not offer: BDAT ends the session before an octet of the chunk can be read as a command, XCLIENT is refused.</summary>
public sealed class PackageBdatTests
{
    private const string Chunk = "RCPT TO:<evil@b.test>\r\nDATA\r\n";

    public static TheoryData<string, string> Lines => new()
    {
        { "BDAT 28 LAST\r\n" + Chunk, "502" },
        { "bdat 28\r\n" + Chunk, "502" },
        { "BDAT\r\n" + Chunk, "502" },
        { "BDAT x\r\n" + Chunk, "502" },
        { "BDAT 28\n" + Chunk, "500" },
        { "BDAT\t28\r\n" + Chunk, "500" },
        { "BDAT 28 " + new string('x', 3000) + "\r\n" + Chunk, "500" },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Bdat_InATransaction_EndsTheSession(string octets, string code)
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(engine: SmtpEngine.SmtpServer);
        await using ScriptedSmtpClient client = await host.GreetAsync();
        await client.SendLineAsync("MAIL FROM:<a@a.test>", stop);
        Assert.StartsWith("250", await client.ReadReplyAsync(stop), StringComparison.Ordinal);
        await client.SendAsync(octets, stop);

        Assert.StartsWith(code, await client.ReadReplyAsync(stop), StringComparison.Ordinal);
        Assert.Null(await client.ReadLineAsync(stop));
        Assert.Equal(SessionEnd.ProtocolViolation, (await host.Receivers.NextEndAsync(stop)).End);
        Assert.Empty(host.Receivers.Messages);
    }

    [Theory]
    [InlineData("XCLIENT ADDR=192.0.2.1")]
    [InlineData("XFORWARD ADDR=192.0.2.1")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 1025 25")]
    public async Task AnotherClient_NamedByATrustedHost_IsRefused(string line)
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(trusted: [System.Net.IPNetwork.Parse("127.0.0.0/8")], engine: SmtpEngine.SmtpServer);
        await using ScriptedSmtpClient client = await host.GreetAsync();
        await client.SendLineAsync(line, stop);

        string reply = await client.ReadReplyAsync(stop) ?? string.Empty;
        Assert.StartsWith("50", reply, StringComparison.Ordinal);
        Assert.Equal(System.Net.IPAddress.Loopback, host.Receivers.All.Single().Peer.Remote.Address);
    }
}
