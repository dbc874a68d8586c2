using Gateway.Smtp.Server;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Smtp.Tests.Tls;

/// <summary>Holds the conversations of <c>Conversations/Tls</c>; the part of a name before the first hyphen is the listener's mode, or auth where STARTTLS is optional and there is the user joe.</summary>
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
        string kind = name.Split('-')[0];
        TlsMode mode = kind == "auth" ? TlsMode.Optional : Enum.Parse<TlsMode>(kind, ignoreCase: true);
        SessionLimits limits = new() { MessageBytes = 2000, AuthFailureDelay = TimeSpan.Zero };
        await using TlsServer server = await TlsServer.StartAsync(mode, limits, users: kind == "auth");
        GoldenConversation conversation = GoldenConversation.Load(Path.Combine(Folder, name + ".smtp"));
        await conversation.RunAsync(server.Host.EndPoint, null, stop);

        SessionSummary summary = await server.Host.Receivers.NextEndAsync(stop);
        Assert.Null(summary.Fault);
        Assert.Equal(conversation.Notes, summary.Notes.Text());
        Assert.Equal(server.Host.Receivers.Messages.Count, summary.Messages);
        Assert.DoesNotContain(server.Host.Receivers.Messages, m => m.Sender.StartsWith("evil", StringComparison.Ordinal));
    }
}
