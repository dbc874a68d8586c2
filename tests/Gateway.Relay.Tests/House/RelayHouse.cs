using System.Net;
using System.Text;
using Gateway.Mime;
using Gateway.Relay.Delivery;
using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Message;
using Gateway.Relay.Policy;
using Gateway.Relay.Quarantine;
using Gateway.Smtp.Client;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Gateway.Spool.Storage;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.House;

/// <summary>A whole relay in a directory of its own, with a clock and a disk that obey the test, and a downstream host.</summary>
/// <remarks>
/// The clock stands still unless a test moves it; time limits of disk and sockets are far away, so that it may be moved at any moment.
/// </remarks>
internal sealed class RelayHouse : IAsyncDisposable
{
    public const string Clean = "From: a@example.org\r\nTo: b@example.net\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\nMessage-ID: <1@example.org>\r\nSubject: hi\r\n\r\nHello.\r\n.\r\n";
    public const string Malformed = "From: a@example.org\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed\r\n\r\nno parts\r\n";
    public const string Refused = "From: a@example.org\r\nSubject: x\r\n\r\nbare\nline feed\r\n";

    private readonly TemporaryDirectory _folder = new();
    private readonly FailingDisk _disk = new();
    private readonly MemoryMailQueue? _memory = OnMemoryQueueAttribute.IsOn ? new MemoryMailQueue() : null;
    private MailRelay? _relay;

    public RelayHouse()
    {
        Folder = _folder.Path;
        Profile = new RelayProfile
        {
            HostName = "gw.test",
            Control = new RelayControl(NetworkList.Loopback, ["ours.test", "*.ours.test"]),
            Routes = new RouteTable([], RouteTo("default", Server)),
            Rules = RulePolicy.Default,
        };
    }

    public ScriptedSmtpServer Server { get; } = new();

    public SettableTime Time { get; } = new(new DateTimeOffset(2026, 11, 23, 5, 0, 10, TimeSpan.Zero));

    /// <summary>The disk under the spool, to put faults into; a test that does is skipped where mail is kept in memory.</summary>
    public FailingDisk Disk => OnTheLog(_disk);

    /// <summary>The volume that the relay asks for free room.</summary>
    public FailingDisk Volume => _disk;

    public LogLines Logs { get; } = new();

    public MetricSums Metrics { get; } = new();

    public RelayProfile Profile { get; set; }

    public LaneLimits Lanes { get; init; } = new();

    public TimeSpan DataTimeout { get; init; } = TimeSpan.FromDays(30);

    public TimeSpan NextHostAfter { get; init; } = TimeSpan.FromDays(30);

    public TimeSpan FinalDotTimeout { get; init; } = TimeSpan.FromDays(30);

    public IReadOnlyList<IPEndPoint> DnsServers
    {
        get => Profile.DnsServers;
        set => Profile = Profile with { DnsServers = value };
    }

    /// <summary>Which addresses are the relay itself; nothing listens in a house.</summary>
    public OwnAddresses? Own { get; set; }

    /// <summary>The data directory; another one for what a power loss left.</summary>
    public string Folder { get; set; }

    /// <summary>The disk under the spool; <see cref="Disk"/> unless a test has one of its own.</summary>
    public Disk? SpoolDisk { get; set; }

    /// <summary>The folder of the log; a test that looks into it is skipped where mail is kept in memory.</summary>
    public string SpoolFolder => OnTheLog(Path.Combine(Folder, "spool"));

    public string QuarantinePath => Path.Combine(Folder, "quarantine.db");

    public MailRelay Relay => _relay ?? throw new InvalidOperationException("Not open.");

    /// <summary>Looks of ten milliseconds at what another thread does: counted and not timed, so that a busy machine gets as many.</summary>
    private const int MostLooks = 12_000;

    public static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<RelayHouse> OpenedAsync(Action<RelayHouse>? prepare = null)
    {
        RelayHouse house = new();
        prepare?.Invoke(house);
        await house.OpenAsync();
        return house;
    }

    public static Route RouteTo(string name, params ScriptedSmtpServer[] servers) =>
        new(name, [.. servers.Select(s => DownstreamHost.FromEndPoint(s.EndPoint))]);

    public void Routes(Route? fallback, params Route[] routes) => Profile = Profile with { Routes = new RouteTable(routes, fallback) };

    public async Task OpenAsync() => _relay = await MailRelay.OpenAsync(
        new MailRelaySettings
        {
            DataDirectory = Folder,
            SegmentBytes = 1024 * 1024,
            MinimumFreeBytes = 0,
            Lanes = Lanes,
            // A step of the clock must not fail what is under way in real time.
            CommitTimeout = TimeSpan.FromDays(30),
            Downstream = new DownstreamOptions
            {
                ConnectTimeout = TimeSpan.FromDays(30),
                GreetingTimeout = TimeSpan.FromDays(30),
                NextHostAfter = NextHostAfter,
                CommandTimeout = TimeSpan.FromDays(30),
                DataTimeout = DataTimeout,
                BodyTimeout = TimeSpan.FromDays(30),
                FinalDotTimeout = FinalDotTimeout,
                Own = Own,
            },
            Queue = _memory is null ? null : _memory.Open,
            Disk = SpoolDisk ?? _disk,
        },
        () => Profile,
        Logs,
        Metrics,
        Time,
        Ct);

    private T OnTheLog<T>(T part)
    {
        Assert.SkipWhen(_memory is not null, "Needs the local log: a queue in memory has no disk.");
        return part;
    }

    public async Task CloseAsync()
    {
        if (_relay is not null)
        {
            await _relay.DisposeAsync();
            _relay = null;
        }
    }

    public async Task RestartAsync()
    {
        await CloseAsync();
        await OpenAsync();
    }

    public ISmtpReceiver Session(string client = "127.0.0.1") => Relay.Receivers.Create(
        new SmtpPeer("s", new IPEndPoint(IPAddress.Parse(client), 4025), new IPEndPoint(IPAddress.Loopback, 25)));

    /// <summary>One session with one message; returns the reply to the end of data.</summary>
    public Task<SmtpReply> SendAsync(string content, params string[] recipients) => SendAsync(Encoding.Latin1.GetBytes(content), "a@example.org", recipients);

    public async Task<SmtpReply> SendAsync(byte[] content, string sender, params string[] recipients)
    {
        await using ISmtpReceiver session = Session();
        Assert.Null(session.Greet());
        SmtpReply reply = await session.SayAsync(content, sender, recipients);
        session.Reset();
        session.Closed(new SessionSummary(SessionEnd.Quit, 5, 0, 1, TimeSpan.Zero, null));
        return reply;
    }

    /// <summary>Sends a clean message of another sender that is taken; returns its id.</summary>
    public async Task<MessageId> QueueFromAsync(string sender, params string[] recipients) =>
        IdIn(await SendAsync(Encoding.Latin1.GetBytes(Clean), sender, recipients));

    /// <summary>Sends clean mail and waits until it is delivered.</summary>
    public async Task PassAsync(int count = 1)
    {
        for (int i = 0; i < count; i++)
        {
            MessageId id = await QueueFromAsync("clean@example.org");
            await UntilAsync(() => Relay.Delivery.Find(id) is null);
        }
    }

    /// <summary>Sends a message that is taken; returns its id.</summary>
    public async Task<MessageId> QueueAsync(string content = Clean, params string[] recipients) => IdIn(await SendAsync(content, recipients));

    public static MessageId IdIn(SmtpReply reply)
    {
        Assert.True(reply.IsSuccess, reply.ToString());
        Assert.True(MessageId.TryParse(reply.Text.Split(' ')[^1], out MessageId id), reply.Text);
        return id;
    }

    /// <summary>Waits for what another thread does soon.</summary>
    public static async Task UntilAsync(Func<bool> holds)
    {
        for (int i = 0; !holds(); i++)
        {
            Assert.True(i < MostLooks, "It did not come true in two minutes of looking.");
            await Task.Delay(TimeSpan.FromMilliseconds(10), Ct);
        }
    }

    /// <summary>Waits until the message waits for a retry.</summary>
    public async Task<QueueEntry> DeferredAsync(MessageId id)
    {
        await UntilAsync(() => Relay.Delivery.Find(id) is { State: RelayState.Deferred });
        return Relay.Delivery.Find(id)!;
    }

    /// <summary>Waits until the message is in the quarantine.</summary>
    public async Task<QuarantineEntry> QuarantinedAsync(MessageId id)
    {
        QuarantineEntry? entry = null;
        for (int i = 0; i < MostLooks && entry is null; i++)
        {
            entry = await Relay.Quarantine.Store.FindAsync(id.ToString(), Ct);
            await Task.Delay(TimeSpan.FromMilliseconds(entry is null ? 10 : 0), Ct);
        }

        Assert.NotNull(entry);
        return entry;
    }

    /// <summary>Waits until no mail is left in the queue.</summary>
    public Task EmptyAsync() => UntilAsync(() => Relay.Delivery.Count == 0);

    /// <summary>Lets time pass until it holds: for what takes several attempts, each of which sees the clock where it happens to be.</summary>
    public async Task PassUntilAsync(Func<bool> holds)
    {
        for (int i = 0; !holds(); i++)
        {
            Assert.True(i < MostLooks, "It did not come true in two minutes of looking.");
            await Task.Delay(TimeSpan.FromMilliseconds(10), Ct);
            await Settling.WaitAsync(Ct);
            Time.Advance(TimeSpan.FromSeconds(i % 10));
        }
    }

    /// <summary>Moves the clock, and on as long as it takes until no mail is left in the queue.</summary>
    public Task EmptyAfterAsync(TimeSpan time)
    {
        Time.Advance(time);
        return PassUntilAsync(() => Relay.Delivery.Count == 0);
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await Server.DisposeAsync();
        Metrics.Dispose();
        _folder.Dispose();
    }
}

/// <summary>The calls a session makes.</summary>
internal static class Sessions
{
    public static async Task<SmtpReply> SayAsync(this ISmtpReceiver session, byte[] content, string sender, params string[] recipients)
    {
        Assert.True(MailPath.TryParse(sender, out MailPath from));
        SmtpReply reply = await session.MailAsync(from, default);
        if (!reply.IsSuccess)
        {
            return reply;
        }

        foreach (string recipient in recipients.Length == 0 ? ["b@example.net"] : recipients)
        {
            Assert.True(MailPath.TryParse(recipient, out MailPath to));
            reply = await session.RecipientAsync(to, default);
            Assert.True(reply.IsSuccess, reply.ToString());
        }

        Assert.Equal(354, (await session.BeginAsync()).Code);
        for (int i = 0; i < content.Length; i += 5000)
        {
            session.Append(content.AsSpan(i, Math.Min(5000, content.Length - i)));
            await session.DrainAsync(RelayHouse.Ct);
        }

        return await session.CommitAsync(new DataEnd(content.Length, -1), RelayHouse.Ct);
    }
}
