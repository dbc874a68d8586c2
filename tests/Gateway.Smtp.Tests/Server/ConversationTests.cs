using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Smtp.Tests.Server;

/// <summary>Holds every conversation written down in <c>Conversations/</c> with the real server.</summary>
public sealed class ConversationTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Conversations");

    private static readonly SessionLimits Limits = new()
    {
        MessageBytes = 2000,
        Recipients = 5,
        CommandLineBytes = 300,
        Errors = 15,
        JunkCommands = 12,
        // Only who speaks early ever sees it: the reply then comes at once.
        GreetingDelay = TimeSpan.FromMinutes(1),
    };

    private static readonly ClientLimits Clients = new() { MessageRate = new RateLimit(30, TimeSpan.FromDays(1)), RecipientRate = new RateLimit(40, TimeSpan.FromDays(1)) };

    public static TheoryData<string> Names => [.. Directory.GetFiles(Folder, "*.smtp").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Smuggled => [.. Names.Select(row => row.Data).Where(name => name.StartsWith("smuggled", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Names))]
    public Task Conversation_WithTheRealServer_IsHeldAsWritten(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return HoldAsync(name, bareLineEnds: name.StartsWith("excepted", StringComparison.Ordinal));
    }

    /// <summary>What never is excepted.</summary>
    [Theory]
    [MemberData(nameof(Smuggled))]
    public Task Conversation_SmuggledByAnExceptedClient_IsHeldAsWritten(string name) => HoldAsync(name, bareLineEnds: true);

    private static async Task HoldAsync(string name, bool bareLineEnds)
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        SessionLimits limits = name.StartsWith("early", StringComparison.Ordinal) ? Limits : Limits with { GreetingDelay = TimeSpan.Zero };
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(Receivers(), limits, clients: Clients, bareLineEnds: bareLineEnds);
        await GoldenConversation.Load(Path.Combine(Folder, name + ".smtp")).RunAsync(host.EndPoint, null, stop);

        SessionSummary summary = await host.Receivers.NextEndAsync(stop);
        Assert.Null(summary.Fault);
        Assert.NotEqual(SessionEnd.Fault, summary.End);
        Assert.Equal(host.Receivers.Messages.Count, summary.Messages);
        Assert.DoesNotContain(host.Receivers.Messages, m => m.Sender.StartsWith("evil", StringComparison.Ordinal));
        Assert.DoesNotContain(host.Receivers.Messages, m => m.Sender.StartsWith("dropped", StringComparison.Ordinal));
        if (bareLineEnds)
        {
            Assert.All(host.Receivers.Messages, m => Assert.DoesNotMatch("(?<!\r)\n|\r(?!\n)", m.Text));
            Assert.All(host.Receivers.Messages, m => Assert.NotNull(m.End.Normalized));
            Assert.True(summary.Notes.HasFlag(SessionNotes.LineEndsNormalized) || !host.Receivers.Messages.Any(m => m.End.Normalized is { Total: > 0 }));
        }

        if (name.StartsWith("smuggled", StringComparison.Ordinal))
        {
            Assert.Empty(host.Receivers.Messages);
            Assert.Equal(SessionEnd.ProtocolViolation, summary.End);
        }
    }

    private static RecordingReceivers Receivers() => new()
    {
        OnMail = sender => new(sender.LocalPart == "refused" ? new SmtpReply(550, new EnhancedCode(5, 7, 1), "Refused") : Replies.SenderOk),
        OnRecipient = to => new(to.LocalPart == "nobody" ? new SmtpReply(550, new EnhancedCode(5, 1, 1), "Nobody") : Replies.RecipientOk),
    };
}
