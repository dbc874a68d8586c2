using System.Collections.Concurrent;
using System.Net;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Gateway.Smtp.Tests.Server;
using Gateway.Smtp.Tests.Tls;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Smtp.Tests.Trusted;

/// <summary>
/// Holds the conversations of <c>Conversations/Trusted</c> from a host that may speak for others; the part of a name before the first hyphen is
/// the listener's mode, limited where each client may connect once, or stranger where nobody is trusted. Comments say who the client must
/// be in the end and what it called itself (<c># client</c>), its user, and what each message's XFORWARD said.
/// </summary>
public sealed class TrustedConversationTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Conversations", "Trusted");

    public static TheoryData<string> Names => [.. Directory.GetFiles(Folder, "*.smtp").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Conversation_WithTheRealServer_IsHeldAsWritten(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        CancellationToken stop = TestContext.Current.CancellationToken;
        string path = Path.Combine(Folder, name + ".smtp");
        string kind = name.Split('-')[0];
        TlsMode mode = kind is "limited" or "stranger" ? TlsMode.None : Enum.Parse<TlsMode>(kind, ignoreCase: true);
        ConcurrentQueue<ForwardedClient?> forwarded = new();
        RecordingReceivers seen = new();
        Func<Received, CancellationToken, ValueTask<SmtpReply>> commit = seen.OnCommit;
        seen.OnCommit = async (message, ct) =>
        {
            forwarded.Enqueue(seen.All.Single().Peer.Forwarded);
            return await commit(message, ct);
        };
        await using TlsServer server = await TlsServer.StartAsync(
            mode,
            new SessionLimits { Errors = 100, JunkCommands = 1000 },
            receivers: seen,
            trusted: kind == "stranger" ? [] : [IPNetwork.Parse("127.0.0.0/8")],
            clients: new ClientLimits { ConnectionRate = kind == "limited" ? new RateLimit(1, TimeSpan.FromDays(1)) : default });
        await GoldenConversation.Load(path).RunAsync(server.Host.EndPoint, null, stop);

        SessionSummary summary = await seen.NextEndAsync(stop);
        Assert.Null(summary.Fault);
        Assert.DoesNotContain(seen.Messages, m => m.Sender.StartsWith("dropped", StringComparison.Ordinal));
        SmtpPeer peer = seen.All.Single().Peer;
        if (Said(path, "client")?.Split(' ') is [string client, string hello])
        {
            Assert.Equal(client, client == "127.0.0.1" ? peer.Remote.Address.ToString() : peer.Remote.ToString());
            Assert.Equal(client == "127.0.0.1" ? null : IPAddress.Loopback, peer.Via?.Address);
            Assert.Equal(hello, peer.Hello);
        }

        Assert.Equal(Said(path, "user"), peer.AuthenticatedUser);
        if (Said(path, "forwarded") is string origin)
        {
            Assert.Equal(origin, string.Join(", then ", forwarded.Select(Text)));
        }
    }

    private static string Text(ForwardedClient? origin) => origin is null
        ? "nothing"
        : string.Join(' ', ((string?[])[origin.Name, origin.Address, origin.Port, origin.Protocol, origin.Hello, origin.Identity, origin.Source]).Select(v => v ?? "?"));

    private static string? Said(string path, string what) =>
        File.ReadLines(path).FirstOrDefault(l => l.StartsWith($"# {what} ", StringComparison.Ordinal))?[(what.Length + 3)..];
}
