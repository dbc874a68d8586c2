using System.Globalization;
using System.Net;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Smtp.Tests.Server;

public sealed class ClientLedgerTests
{
    private const int Free = 1000;
    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1", true)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:2::1", false)]
    [InlineData("::192.0.2.1", "192.0.2.1", false)]
    public void Key_OfTwoAddresses_IsOfOneClient(string one, string other, bool same) =>
        Assert.Equal(same, ClientKey.Of(IPAddress.Parse(one)) == ClientKey.Of(IPAddress.Parse(other)));

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:1::/64")]
    public void Key_AsText_NamesTheNetwork(string address, string text) => Assert.Equal(text, ClientKey.Of(IPAddress.Parse(address)).ToString());

    [Fact]
    public void Enter_FewFreeSessions_GivesNobodyMoreThanAnEighthOfThem()
    {
        const int Capacity = 2000;
        ClientLedger ledger = new(_time);
        ClientLimits limits = new() { Connections = 500 };
        int open = 0;
        for (int round = 0; round < 500; round++)
        {
            for (int client = 0; client < 50; client++)
            {
                open += ledger.Enter(Key(client), limits, Capacity - open, out _) is null ? 1 : 0;
            }
        }

        // 50 clients that take all they get leave room, and a newcomer gets as much as each of them.
        Assert.InRange(open, 1500, 1800);
        int newcomer = 0;
        while (ledger.Enter(Key(99), limits, Capacity - open, out _) is null)
        {
            newcomer++;
            open++;
        }

        Assert.InRange(newcomer, 20, 40);
    }

    [Fact]
    public void Enter_RateIsSpent_ComesBackWithTime()
    {
        ClientLedger ledger = new(_time);
        ClientLimits limits = new() { ConnectionRate = RateLimit.PerMinute(6) };
        Assert.Equal(6, Enter(ledger, limits, 10));
        Assert.Same(LimitReplies.ConnectionRate, ledger.Enter(Key(1), limits, Free, out _));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(1, Enter(ledger, limits, 10));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(6, Enter(ledger, limits, 10));
    }

    [Fact]
    public void Accounts_OfManyNetworks_AreForgottenOldestFirst()
    {
        ClientLedger ledger = new(_time, mostIdle: 100);
        ClientLimits limits = new() { ConnectionRate = RateLimit.PerMinute(1) };
        Assert.Null(ledger.Enter(Key(0), limits, Free, out ClientAccount? staying));
        for (int client = 1; client <= 1000; client++)
        {
            Assert.Null(ledger.Enter(Key(client), limits, Free, out ClientAccount? account));
            ledger.Leave(account!);
        }

        Assert.Equal(101, ledger.Count);
        Assert.NotNull(ledger.Enter(Key(0), limits, Free, out _));
        Assert.NotNull(ledger.Enter(Key(1000), limits, Free, out _));
        Assert.Null(ledger.Enter(Key(1), limits, Free, out _));
        ledger.Leave(staying!);
        Assert.Equal(101, ledger.Count);
    }

    [Fact]
    public void Refuse_OtherCommands_AreNotCounted()
    {
        ClientAccount account = new((Key(1), string.Empty), _time);
        ClientLimits limits = new() { MessageRate = RateLimit.PerMinute(1), RecipientRate = RateLimit.PerMinute(1) };
        Assert.Null(account.Refuse(SmtpVerb.Mail, limits));
        Assert.Same(LimitReplies.MessageRate, account.Refuse(SmtpVerb.Mail, limits));
        Assert.Null(account.Refuse(SmtpVerb.Rcpt, limits));
        Assert.Same(LimitReplies.RecipientRate, account.Refuse(SmtpVerb.Rcpt, limits));
        Assert.Null(account.Refuse(SmtpVerb.Noop, limits));
    }

    private static int Enter(ClientLedger ledger, ClientLimits limits, int times) =>
        Enumerable.Range(0, times).Count(_ => ledger.Enter(Key(1), limits, Free, out ClientAccount? _) is null);

    private static ClientKey Key(int client) =>
        ClientKey.Of(IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"10.0.{client / 256}.{client % 256}")));
}
