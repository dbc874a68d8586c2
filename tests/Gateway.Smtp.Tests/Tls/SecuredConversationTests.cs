using Gateway.Smtp.Server;
using Gateway.Smtp.Tests.Engines;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Smtp.Tests.Tls;

/// <summary>Holds the conversations of <c>Conversations/Tls</c>; the part of a name before the first hyphen is the listener's mode, or auth where STARTTLS is optional and there is the user joe.</summary>
public sealed class SecuredConversationTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Conversations", "Tls");

    public static TheoryData<string> Names => [.. Directory.GetFiles(Folder, "*.smtp").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    public static TheoryData<string, SmtpEngine> WithEngines => EngineDifferences.WithEngines("Tls/", Names.Select(row => row.Data));

    public static TheoryData<string, int> Differences => EngineDifferences.RowsOf("Tls/");

    [Theory]
    [MemberData(nameof(WithEngines))]
    public Task Conversation_WithTheRealServer_IsHeldAsWritten(string name, SmtpEngine engine) => HoldAsync(name, engine, null);

    [Theory]
    [MemberData(nameof(Differences))]
    public async Task Difference_LeftOut_FailsItsConversation(string name, int row) => await Assert.ThrowsAsync<ConversationMismatchException>(
        () => HoldAsync(name, SmtpEngine.SmtpServer, EngineDifferences.All[row]));

    private static async Task HoldAsync(string name, SmtpEngine engine, EngineDifference? without)
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        string kind = name.Split('-')[0];
        TlsMode mode = kind == "auth" ? TlsMode.Optional : Enum.Parse<TlsMode>(kind, ignoreCase: true);
        SessionLimits limits = new() { MessageBytes = 2000, AuthFailureDelay = TimeSpan.Zero };
        await using TlsServer server = await TlsServer.StartAsync(mode, limits, users: kind == "auth", engine: engine);
        GoldenConversation conversation = EngineDifferences.Load(engine, "Tls/" + name, without);
        await conversation.RunAsync(server.Host.EndPoint, null, stop);

        SessionSummary summary = await server.Host.Receivers.NextEndAsync(stop);
        Assert.Null(summary.Fault);
        Assert.Equal(conversation.Notes, summary.Notes.Text());
        Assert.Equal(server.Host.Receivers.Messages.Count, summary.Messages);
        Assert.DoesNotContain(server.Host.Receivers.Messages, m => m.Sender.StartsWith("evil", StringComparison.Ordinal));
    }
}
