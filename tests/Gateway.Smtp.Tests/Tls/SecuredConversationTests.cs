using Gateway.Smtp.Server;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Smtp.Tests.Tls;

/// <summary>Holds the conversations of <c>Conversations/Tls</c>; the part of a name before the first hyphen is the listener's mode.</summary>
public sealed class SecuredConversationTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Conversations", "Tls");

    public static TheoryData<string> Names => [.. Directory.GetFiles(Folder, "*.smtp").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Conversation_WithTheRealServer_IsHeldAsWritten(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        CancellationToken stop = TestContext.Current.CancellationToken;
        TlsMode mode = Enum.Parse<TlsMode>(name.Split('-')[0], ignoreCase: true);
        await using TlsServer server = await TlsServer.StartAsync(mode, new SessionLimits { MessageBytes = 2000 });
        await GoldenConversation.Load(Path.Combine(Folder, name + ".smtp")).RunAsync(server.Host.EndPoint, null, stop);

        SessionSummary summary = await server.Host.Receivers.NextEndAsync(stop);
        Assert.Null(summary.Fault);
        Assert.Equal(server.Host.Receivers.Messages.Count, summary.Messages);
        Assert.DoesNotContain(server.Host.Receivers.Messages, m => m.Sender.StartsWith("evil", StringComparison.Ordinal));
    }
}
