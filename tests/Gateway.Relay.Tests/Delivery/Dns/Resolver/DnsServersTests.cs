using System.Net;
using Gateway.Relay.Delivery.Dns.Resolver;
using Gateway.TestKit;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Relay.Tests.Delivery.Dns.Resolver;

/// <summary>Which servers are asked, in which order and in which form.</summary>
public sealed class DnsServersTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Order_ServerWithoutAnAnswer_ComesBehindTheOthersForAMinute()
    {
        DnsServerMemory memory = new(_time);
        IPEndPoint[] servers = [new(IPAddress.Parse("192.0.2.1"), 53), new(IPAddress.Parse("192.0.2.2"), 53), new(IPAddress.Parse("192.0.2.3"), 53)];
        memory.Failed(servers[0]);
        Assert.Equal([servers[1], servers[2], servers[0]], memory.Order(servers));
        memory.Failed(servers[1]);
        memory.Answered(servers[0]);
        Assert.Equal([servers[0], servers[2], servers[1]], memory.Order(servers));
        _time.Advance(DnsServerMemory.Rest);
        Assert.Equal(servers, memory.Order(servers));
    }

    [Fact]
    public async Task AskAsync_ServerRefusesOptions_IsAskedWithoutThemForAWhile()
    {
        int withOptions = 0;
        await using ScriptedDnsServer dns = new()
        {
            Habit = (q, a) =>
            {
                withOptions += q.WithOptions ? 1 : 0;
                return q.WithOptions ? DnsWire.Reply(q, [], 1) : a;
            },
        };
        DnsResolver resolver = new(() => [dns.EndPoint], new DnsExchange(new DnsSockets(), _time), TimeSpan.FromSeconds(5), _time);
        Assert.True((await resolver.AskAsync("a.test", DnsType.Mx)).IsNoDomain);
        Assert.True((await resolver.AskAsync("b.test", DnsType.Mx)).IsNoDomain);
        Assert.Equal(1, withOptions);
        _time.Advance(DnsServerMemory.Plain);
        Assert.True((await resolver.AskAsync("c.test", DnsType.Mx)).IsNoDomain);
        Assert.Equal(2, withOptions);
    }

    [Fact]
    public async Task AskAsync_NobodyListens_IsAFailureAtOnce()
    {
        ScriptedDnsServer dns = new();
        IPEndPoint nobody = dns.EndPoint;
        await dns.DisposeAsync();
        DnsResolver resolver = new(() => [nobody], new DnsExchange(new DnsSockets(), _time), TimeSpan.FromSeconds(5), _time);
        Assert.Contains("refused", (await resolver.AskAsync("a.test", DnsType.A)).Failure, StringComparison.Ordinal);
        Assert.Contains("no server", (await new DnsResolver(() => [], new DnsExchange(new DnsSockets(), _time), TimeSpan.FromSeconds(5), _time)
            .AskAsync("a.test", DnsType.A)).Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SystemServers_File_IsReadAgainAndKeptWhileItCannotBeRead()
    {
        using TemporaryDirectory directory = new();
        string file = Path.Combine(directory.Path, "resolv.conf");
        DnsSystemServers system = new(_time, file);
        Assert.Empty(system.Servers);
        await WriteAsync("# nameserver 192.0.2.9\nsearch a.test\nnameserver 192.0.2.1\n\tnameserver\t2001:db8::1 # two\nnameserver nonsense\noptions edns0\n");
        Assert.Equal(["192.0.2.1:53", "[2001:db8::1]:53"], system.Servers.Select(static s => s.ToString()));
        IReadOnlyList<IPEndPoint> before = system.Servers;
        File.Delete(file);
        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.Same(before, system.Servers);
        await WriteAsync("options rotate\n");
        Assert.Equal("127.0.0.1:53", Assert.Single(system.Servers).ToString());

        async Task WriteAsync(string text)
        {
            await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);
            _time.Advance(TimeSpan.FromSeconds(31));
        }
    }
}
