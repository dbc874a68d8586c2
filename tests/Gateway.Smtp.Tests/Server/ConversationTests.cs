using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Gateway.Smtp.Tests.Engines;
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
    [MemberData(nameof(WithEngines))]
    public Task Conversation_WithTheRealServer_IsHeldAsWritten(string name, SmtpEngine engine)
    {
        ArgumentNullException.ThrowIfNull(name);
        return HoldAsync(name, IsExcepted(name), engine);
    }

    /// <summary>A difference whose reason is gone is taken out of the table.</summary>
    [Theory]
    [MemberData(nameof(Differences))]
    public async Task Difference_LeftOut_FailsItsConversation(string name, int row) => await Assert.ThrowsAsync<ConversationMismatchException>(
        () => HoldAsync(name, IsExcepted(name), SmtpEngine.SmtpServer, without: EngineDifferences.All[row]));

    /// <summary>What never is excepted.</summary>
    [Theory]
    [MemberData(nameof(Smuggled))]
    public Task Conversation_SmuggledByAnExceptedClient_IsHeldAsWritten(string name) => HoldAsync(name, bareLineEnds: true);

    [Theory]
    [MemberData(nameof(Smuggled))]
    public Task Conversation_SmuggledPastThePackage_IsHeldAsWritten(string name) => HoldAsync(name, bareLineEnds: true, SmtpEngine.SmtpServer);

    public static TheoryData<string, SmtpEngine> WithEngines => EngineDifferences.WithEngines("", Names.Select(row => row.Data));

    public static TheoryData<string, int> Differences => EngineDifferences.RowsOf("");

    private static bool IsExcepted(string name) => name.StartsWith("excepted", StringComparison.Ordinal);

    /// <summary>What no conversation shows, because it needs time to pass or the relay itself; each with its tests.</summary>
    private static readonly string[] ShownElsewhere =
    [
        "timed_out", // SessionTimeoutTests
        "too_slow", "session_too_long", // SessionLimitTests
        "message_timeout", // DrainTests, SessionTimeoutTests
        "auth_required", "login_rate", // ListenerAuthTests
        "quarantine_full", // QuarantineReviewTests of Gateway.Acceptance
        "unavailable", "no_storage", "inspection_time", "header_too_large", "message_memory", // LimitWiringTests of Gateway.Relay.Tests
    ];

    [Fact]
    public void Notes_Each_IsInAConversationOrHasATestOfItsOwn()
    {
        HashSet<string> shown = [.. Directory.GetFiles(Folder, "*.smtp", SearchOption.AllDirectories).SelectMany(f => GoldenConversation.Load(f).Notes.Split(','))];
        Assert.Equal(ShownElsewhere.Order(StringComparer.Ordinal), SessionNoteNames.All.Where(n => !shown.Contains(n)).Order(StringComparer.Ordinal));
    }

    private static async Task HoldAsync(
        string name, bool bareLineEnds, SmtpEngine engine = SmtpEngine.Kestrel, EngineDifference? without = null)
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        bool isSmuggled = name.StartsWith("smuggled", StringComparison.Ordinal);
        string kind = name.Split('_')[0];
        SessionLimits limits = kind switch
        {
            "early" => Limits,
            "full" => Limits with { GreetingDelay = TimeSpan.Zero, Connections = 0 },
            "mailmax" => Limits with { GreetingDelay = TimeSpan.Zero, SessionMessages = 3 },
            _ => Limits with { GreetingDelay = TimeSpan.Zero },
        };
        ClientLimits clients = kind switch
        {
            // Another session of the same client is open.
            "crowded" => new ClientLimits { Connections = 1 },
            "frequent" => new ClientLimits { ConnectionRate = new RateLimit(1, TimeSpan.FromDays(1)) },
            _ => Clients,
        };
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(Receivers(), limits, clients: clients, bareLineEnds: bareLineEnds, engine: engine);
        await using ScriptedSmtpClient? other = kind is "crowded" or "frequent" ? await host.GreetAsync() : null;
        GoldenConversation conversation = EngineDifferences.Load(engine, name, without);
        await conversation.RunAsync(host.EndPoint, null, stop);

        SessionSummary summary = await host.Receivers.NextEndAsync(stop);
        Assert.Null(summary.Fault);
        Assert.NotEqual(SessionEnd.Fault, summary.End);
        Assert.Equal(conversation.Notes, (isSmuggled ? summary.Notes & ~SessionNotes.LineEndsNormalized : summary.Notes).Text());
        Assert.Equal(host.Receivers.Messages.Count, summary.Messages);
        Assert.DoesNotContain(host.Receivers.Messages, m => m.Sender.StartsWith("evil", StringComparison.Ordinal));
        Assert.DoesNotContain(host.Receivers.Messages, m => m.Sender.StartsWith("dropped", StringComparison.Ordinal));
        if (bareLineEnds)
        {
            Assert.All(host.Receivers.Messages, m => Assert.DoesNotMatch("(?<!\r)\n|\r(?!\n)", m.Text));
            Assert.All(host.Receivers.Messages, m => Assert.NotNull(m.End.Normalized));
            Assert.True(summary.Notes.HasFlag(SessionNotes.LineEndsNormalized) || !host.Receivers.Messages.Any(m => m.End.Normalized is { Total: > 0 }));
        }

        if (isSmuggled)
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
