using System.Text;
using Gateway.Smtp.Client;
using Gateway.Smtp.Protocol;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Smtp.Tests.Client;

/// <summary>RFC 8689 towards the next host.</summary>
public sealed class RequireTlsTests
{
    [Theory]
    [InlineData(true, Extensions.RequireTls, true)]
    [InlineData(true, Extensions.StartTls, false)]
    [InlineData(false, Extensions.RequireTls, false)]
    [InlineData(false, Extensions.None, false)]
    public void RequireTls_HostOffersIt_CountsUnderTlsOnly(bool encrypted, Extensions offered, bool mayGo)
    {
        OutboundMessage message = ClientTesting.Message("x\r\n") with { RequireTls = true };
        Capabilities host = new(offered, 0) { Encrypted = encrypted };
        (DeliveryOutcome Outcome, EnhancedCode Status, string Detail)? obstacle = Gateway.Smtp.Client.Envelope.Obstacle(message, host);
        Assert.Equal(mayGo, obstacle is null);
        if (obstacle is not null)
        {
            Assert.Equal(DeliveryOutcome.CapabilityMissing, obstacle.Value.Outcome);
            Assert.Equal("5.7.30", obstacle.Value.Status.ToString());
        }

        Assert.Null(Gateway.Smtp.Client.Envelope.Obstacle(message with { RequireTls = false }, host));
    }

    [Fact]
    public void RequireTls_Mail_CarriesTheParameter()
    {
        byte[] buffer = new byte[1000];
        CommandBuffer commands = new(buffer);
        Gateway.Smtp.Client.Envelope.TryMail(ref commands, ClientTesting.Message("x\r\n") with { RequireTls = true }, new Capabilities(Extensions.RequireTls, 0) { Encrypted = true });
        Assert.EndsWith("> REQUIRETLS\r\n", Encoding.ASCII.GetString(buffer, 0, commands.Length), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SendAsync_HostOffersItInClear_SendsNothingAndSaysWhy()
    {
        await using ScriptedSmtpServer server = new() { Capabilities = ["PIPELINING", "REQUIRETLS"] };
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);
        DeliveryReport report = await connection.SendAsync(ClientTesting.Message("x\r\n") with { RequireTls = true }, ClientTesting.Stop);
        Assert.True(report.NeedsRequireTls);
        Assert.Equal("5.7.30", report.Recipients[0].Status.ToString());
        Assert.StartsWith("REQUIRETLS support required", report.Detail, StringComparison.Ordinal);

        DeliveryReport next = await connection.SendAsync(ClientTesting.Message("y\r\n"), ClientTesting.Stop);
        Assert.False(next.NeedsRequireTls);
        Assert.Equal("y\r\n", Assert.Single(server.Messages).Text);
    }
}
