using System.Net;
using Gateway.Relay.Delivery.Dns;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Delivery.Dns;

/// <summary>The questions, against a DNS server.</summary>
public sealed class DnsQuestionsTests : IAsyncLifetime
{
    private readonly ScriptedDnsServer _dns = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _dns.DisposeAsync();

    [Fact]
    public async Task MailHostsAsync_Mx_GivesHostsAndTimeToLive()
    {
        _dns.Mx("a.test", (20, "mx2.a.test"), (10, "MX1.a.test"));
        _dns.TimeToLive = 300;
        DnsAnswer<MxAnswer> answer = await AskAsync("a.test");
        Assert.Equal(MxKind.Hosts, answer.Value?.Kind);
        Assert.Equal([(10, "MX1.a.test"), (20, "mx2.a.test")], answer.Value!.Hosts.OrderBy(h => h.Preference).Select(h => (h.Preference, h.Name)));
        Assert.Equal(TimeSpan.FromSeconds(300), answer.TimeToLive);
    }

    [Fact]
    public async Task MailHostsAsync_NullMx_IsOne()
    {
        _dns.Mx("a.test", (0, "."));
        Assert.Equal(MxKind.NullMx, (await AskAsync("a.test")).Value?.Kind);
    }

    [Theory]
    [InlineData("192.0.2.1")]
    [InlineData("2001:db8::1")]
    public async Task MailHostsAsync_AddressOnly_TheDomainIsItsHost(string address)
    {
        _dns.Address("a.test", address);
        DnsAnswer<MxAnswer> answer = await AskAsync("a.test");
        Assert.Equal("a.test", Assert.Single(answer.Value!.Hosts).Name);
    }

    [Fact]
    public async Task MailHostsAsync_NoRecordsAndNoName_AreAnswers()
    {
        _dns.Address("bare.test");
        Assert.Equal(MxKind.NoHost, (await AskAsync("bare.test")).Value?.Kind);
        Assert.Equal(MxKind.NoDomain, (await AskAsync("nowhere.test")).Value?.Kind);
        Assert.Equal(MxKind.NoDomain, (await AskAsync("a..test")).Value?.Kind);
        Assert.Equal(MxKind.NoDomain, (await AskAsync("[192.0.2.1]")).Value?.Kind);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public async Task MailHostsAsync_ServerFails_IsAFailure(int code)
    {
        _dns.Failure = code;
        DnsAnswer<MxAnswer> answer = await AskAsync("a.test");
        Assert.True(answer.IsFailure);
        Assert.Contains("MX of a.test", answer.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddressesAsync_BothFamilies_AreGiven()
    {
        _dns.Address("mx.test", "192.0.2.1", "2001:db8::1");
        DnsAnswer<IPAddress[]> answer = await Questions().AddressesAsync("mx.test");
        Assert.Equal(["2001:db8::1", "192.0.2.1"], answer.Value!.Select(a => a.ToString()));
        Assert.Empty((await Questions().AddressesAsync("nowhere.test")).Value!);
    }

    private DnsQuestions Questions() => DnsQuestions.Open(() => [_dns.EndPoint], TimeSpan.FromMilliseconds(500), TimeProvider.System);

    [Theory]
    [InlineData("AAAA a.test", "192.0.2.1")]
    [InlineData("A a.test", "2001:db8::1")]
    public async Task AddressesAsync_OneFamilyFails_IsAPartOnly(string failing, string expected)
    {
        _dns.Address("a.test", "192.0.2.1", "2001:db8::1");
        _dns.FailType(failing, true);
        DnsAnswer<IPAddress[]> answer = await Questions().AddressesAsync("a.test");
        Assert.True(answer is { IsPartial: true, IsFailure: false });
        Assert.Equal(IPAddress.Parse(expected), Assert.Single(answer.Value!));
        Assert.Contains(failing.Split(' ')[0] + " of a.test", answer.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("A a.test", "192.0.2.1")]
    [InlineData("AAAA a.test", "2001:db8::1")]
    public async Task AddressesAsync_OneFamilyFailsAndTheOtherHasNone_IsAFailure(string failing, string address)
    {
        _dns.Address("a.test", address);
        _dns.FailType(failing, true);
        Assert.True((await Questions().AddressesAsync("a.test")).IsFailure);
    }

    [Fact]
    public void Merge_HalfAnAnswer_TakesTheOtherFamilyOfTheOlderOne()
    {
        IPAddress[] older = [IPAddress.Parse("2001:db8::1"), IPAddress.Parse("192.0.2.1")];
        Assert.Equal([IPAddress.Parse("2001:db8::2"), older[1]], DnsQuestions.Merge(older, [IPAddress.Parse("2001:db8::2")]));
        Assert.Equal([older[0], IPAddress.Parse("192.0.2.2")], DnsQuestions.Merge(older, [IPAddress.Parse("192.0.2.2")]));
    }

    [Theory]
    [InlineData("b\u00FCcher.test", "MX xn--bcher-kva.test")]
    [InlineData("\u05D0\u05D11.test", "MX xn--1-zhcd.test")]
    [InlineData("\u05D9\u05B4.test", "MX xn--cdb7e.test")]
    [InlineData("xn--9.test", "MX xn--9.test")]
    public async Task MailHostsAsync_OtherLetters_AreAskedForInALabelsAndTheAnswerIsNotDecoded(string domain, string question)
    {
        string name = question[3..];
        _dns.Mx(name, (10, "mx." + name));
        Assert.Equal("mx." + name, Assert.Single((await AskAsync(domain)).Value!.Hosts).Name);
        Assert.Contains(question, _dns.Questions);
    }

    [Fact]
    public async Task MailHostsAsync_NameThatCannotBeConverted_IsNotNoDomain()
    {
        DnsAnswer<MxAnswer> answer = await AskAsync(new string('\u00FC', 64) + ".test");
        Assert.True(answer.IsFailure);
        Assert.Contains("cannot be converted", answer.Detail, StringComparison.Ordinal);
        Assert.Empty(_dns.Questions);
    }

    private Task<DnsAnswer<MxAnswer>> AskAsync(string domain) => Questions().MailHostsAsync(domain);
}
