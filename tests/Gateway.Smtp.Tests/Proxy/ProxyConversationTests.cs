using System.Net;
using Gateway.Smtp.Server;
using Gateway.Smtp.Tests.Engines;
using Gateway.Smtp.Tests.Server;
using Gateway.Smtp.Tests.Tls;
using Xunit;

namespace Gateway.Smtp.Tests.Proxy;

/// <summary>
/// Holds the conversations of <c>Conversations/Proxy</c>; the part of a name before the first hyphen is the listener's mode, or early where
/// the greeting waits. A comment says who the client must be (<c># client</c>) or why the connection must be dropped (<c># dropped</c>).
/// </summary>
public sealed class ProxyConversationTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Conversations", "Proxy");

    public static TheoryData<string> Names => [.. Directory.GetFiles(Folder, "*.smtp").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    public static TheoryData<string, SmtpEngine> WithEngines => EngineDifferences.WithEngines("Proxy/", Names.Select(row => row.Data));

    [Theory]
    [MemberData(nameof(WithEngines))]
    public async Task Conversation_WithTheRealServer_IsHeldAsWritten(string name, SmtpEngine engine)
    {
        ArgumentNullException.ThrowIfNull(name);
        CancellationToken stop = TestContext.Current.CancellationToken;
        string path = Path.Combine(Folder, name + ".smtp");
        string kind = name.Split('-')[0];
        TlsMode mode = kind == "early" ? TlsMode.None : Enum.Parse<TlsMode>(kind, ignoreCase: true);
        SessionLimits limits = new() { GreetingDelay = kind == "early" ? TimeSpan.FromMinutes(1) : TimeSpan.Zero };
        await using TlsServer server = await TlsServer.StartAsync(mode, limits, proxy: new ProxyProtocol([IPNetwork.Parse("127.0.0.0/8")]), engine: engine);
        await EngineDifferences.Load(engine, "Proxy/" + name).RunAsync(server.Host.EndPoint, null, stop);

        RecordingReceivers seen = server.Host.Receivers;
        Assert.Equal(Said(path, "dropped"), seen.ProxyFaults.SingleOrDefault());
        if (Said(path, "client") is string client)
        {
            SessionSummary summary = await seen.NextEndAsync(stop);
            Assert.Null(summary.Fault);
            SmtpPeer peer = seen.All.Single().Peer;
            bool isProxy = client == "127.0.0.1";
            Assert.Equal(client, isProxy ? peer.Remote.Address.ToString() : peer.Remote.ToString());
            Assert.Equal(isProxy ? null : IPAddress.Loopback, peer.Via?.Address);
        }
        else
        {
            Assert.Empty(seen.All);
        }

        Assert.Empty(seen.Messages);
    }

    private static string? Said(string path, string what) =>
        File.ReadLines(path).FirstOrDefault(l => l.StartsWith($"# {what} ", StringComparison.Ordinal))?[(what.Length + 3)..];
}
