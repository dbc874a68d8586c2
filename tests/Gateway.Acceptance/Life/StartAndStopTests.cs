using System.Net;
using System.Net.Sockets;
using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Life;

/// <summary>How the process begins and how it ends.</summary>
public sealed class StartAndStopTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Sigterm_WhileDataIsRunning_FinishesItAndExitsWithZero()
    {
        await using ScriptedSmtpServer downstream = new();
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(downstream, "Shutdown:DrainTimeout=60s");
        await using ScriptedSmtpClient client = await Mail.ConnectAsync(gateway.Smtp);
        await client.SayAsync($"MAIL FROM:<{Mail.Sender}>", Ct);
        await client.SayAsync("RCPT TO:<bob@example.net>", Ct);
        Assert.StartsWith("354", await client.SayAsync("DATA", Ct), StringComparison.Ordinal);
        await client.SendAsync("From: a@example.org\r\nSubject: slow\r\n\r\nfirst half\r\n", Ct);
        await Tool.SignalAsync("TERM", gateway.Pid);
        await Eventually.TrueAsync(() => !Listens(gateway.Smtp), "no new session is taken");
        Assert.False(gateway.HasExited);

        await client.SendAsync("second half\r\n.\r\n", Ct);
        string reply = await client.ReadReplyAsync(Ct) ?? string.Empty;
        Assert.StartsWith("250 2.0.0 Ok: queued as ", reply, StringComparison.Ordinal);
        string? after = await client.ReadReplyAsync(Ct);
        Assert.True(after is null || after.StartsWith("421 ", StringComparison.Ordinal), after);
        Assert.Equal(0, await gateway.WaitForExitAsync());
        Assert.DoesNotContain(gateway.Log, l => l.Contains("fatal: ", StringComparison.Ordinal) || l.Contains("error: ", StringComparison.Ordinal));

        // Delivered before the end or after the next start, but delivered.
        await gateway.StartAsync();
        await gateway.WaitForEmptyQueueAsync();
        Assert.EndsWith("\r\n\r\nfirst half\r\nsecond half\r\n", Assert.Single(downstream.Messages).Text, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Sigterm_BetweenTwoChunks_OnlyTheMessageThatIsFinishedIsTaken()
    {
        await using ScriptedSmtpServer downstream = new();
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(downstream, "Shutdown:DrainTimeout=5s");
        await using ScriptedSmtpClient slow = await BetweenChunksAsync(gateway, "slow");
        await using ScriptedSmtpClient gone = await BetweenChunksAsync(gateway, "gone");
        await Tool.SignalAsync("TERM", gateway.Pid);
        await Eventually.TrueAsync(() => !Listens(gateway.Smtp), "no new session is taken");

        await slow.SendAsync("BDAT 5 LAST\r\nend\r\n", Ct);
        Assert.StartsWith("250 2.0.0 Ok: queued as ", await slow.ReadReplyAsync(Ct), StringComparison.Ordinal);
        Assert.StartsWith("421 4.3.2", await slow.ReadReplyAsync(Ct), StringComparison.Ordinal);
        Assert.StartsWith("421 4.3.2", await gone.ReadReplyAsync(Ct), StringComparison.Ordinal);
        Assert.True(await gone.IsClosedByServerAsync(Ct));
        Assert.Equal(0, await gateway.WaitForExitAsync());

        await gateway.StartAsync();
        await gateway.WaitForEmptyQueueAsync();
        Assert.EndsWith(Mail.Clean("slow") + "end\r\n", Assert.Single(downstream.Messages).Text, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Sigterm_IdleSessionsAndHangingDownstream_EndsWithinTheDrainTime()
    {
        await using ScriptedSmtpServer downstream = new();
        downstream.Once(SmtpStep.FinalDot, SmtpAction.Hang);
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(downstream, "Shutdown:DrainTimeout=2s");
        await using ScriptedSmtpClient idle = await Mail.ConnectAsync(gateway.Smtp);
        await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("stuck"), "bob@example.net");
        await downstream.WaitForStepAsync(SmtpStep.FinalDot, Ct);

        Assert.Equal(0, await gateway.StopAsync());
        string? goodbye = await idle.ReadReplyAsync(Ct);
        Assert.StartsWith("421 ", goodbye, StringComparison.Ordinal);
        Assert.Empty(downstream.Messages);

        await gateway.StartAsync();
        await downstream.WaitForMessagesAsync(1, Ct);
        await gateway.WaitForEmptyQueueAsync();
        Assert.Equal(Mail.Clean("stuck"), Mail.WithoutTrace(Assert.Single(downstream.Messages).Text));
    }

    [Fact(Timeout = 120_000)]
    public async Task Run_NoConfigurationAtAll_ListensOnLoopbackAndSaysWhatItDoes()
    {
        IPEndPoint smtp = new(IPAddress.Loopback, 2525);
        if (Listens(smtp) || Listens(new IPEndPoint(IPAddress.Loopback, 8025)))
        {
            Assert.Skip("Another process has port 2525 or 8025, which are the defaults.");
        }

        await using GatewayUnderTest gateway = new(null);
        gateway.Launch(["run"]);
        await Eventually.TrueAsync(() => gateway.HasExited || gateway.Log.Any(l => l.Contains("API on", StringComparison.Ordinal)), "it has started");
        string log = string.Join('\n', gateway.Log);
        foreach (string part in new[]
        {
            "configuration=none", Path.Combine(gateway.Home, ".local/state/gateway"), "listening for SMTP on 127.0.0.1:2525", "127.0.0.0/8", "forwarding to 127.0.0.1:25",
            "gateway.json", "http://127.0.0.1:8025", "gateway status",
        })
        {
            Assert.Contains(part, log, StringComparison.Ordinal);
        }

        string id = await Mail.AcceptedAsync(smtp, Mail.Clean("first"), "bob@example.net");
        Assert.NotEmpty(id);
        ToolResult status = await gateway.PlainAsync("status");
        Assert.Contains("ready: mail is taken", status.Good().Output, StringComparison.Ordinal);
        Assert.Equal(0, await gateway.StopAsync());
    }

    [Fact(Timeout = 120_000)]
    public async Task Demo_EveryMessage_EndsWhereItMust()
    {
        await using GatewayUnderTest nothing = new(null);
        ToolResult demo = (await nothing.PlainAsync("demo")).Good();
        Assert.Contains("Every message ended where it must.", demo.Output, StringComparison.Ordinal);
        Assert.Contains("1000 of 1000 clean messages", demo.Output, StringComparison.Ordinal);
        Assert.Contains("p99", demo.Output, StringComparison.OrdinalIgnoreCase);
        Assert.Matches(@"mail system behind: SmtpServer \d+\.\d+\.\d+", demo.Output);
        Assert.DoesNotContain(" NO\n", demo.Output, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Run_InTheRootDirectory_WatchesNoFileOfOthers()
    {
        await using GatewayUnderTest gateway = new(null) { WorkingDirectory = "/" };
        await gateway.StartAsync();
        // proc(5): one line for each watch of an inotify descriptor. Our own files are looked at by a timer.
        string[] watches = [.. Directory.GetFiles($"/proc/{gateway.Pid}/fdinfo").SelectMany(File.ReadLines).Where(l => l.StartsWith("inotify ", StringComparison.Ordinal))];
        Assert.Empty(watches);
        Assert.Equal(0, await gateway.StopAsync());
    }

    [Theory(Timeout = 120_000)]
    [InlineData("Listeners:0:Endpoint={taken}", 69, "Cannot start: ", "cannot listen on {taken}")]
    [InlineData("Management:Endpoint={taken}", 69, "Cannot start: ", "cannot listen on {taken}")]
    [InlineData("Auth:UsersFile=/nosuch/users", 78, "configuration: ", "/nosuch/users")]
    public async Task Run_ThatCannotStart_HasSpokenToNoHost(string setting, int code, string begins, string says)
    {
        await using ScriptedSmtpServer downstream = new();
        downstream.On(SmtpStep.Rcpt, SmtpAction.Reply("450 4.2.1 later"));
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(downstream);
        await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("waits"), "bob@example.net");
        await Eventually.TrueAsync(() => gateway.Log.Any(l => l.Contains("status=deferred", StringComparison.Ordinal)), "it was tried");
        Assert.Equal(0, await gateway.StopAsync());
        int spokenTo = downstream.ConnectionCount;

        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        string address = taken.LocalEndpoint.ToString()!;
        gateway.Set(setting.Replace("{taken}", address, StringComparison.Ordinal));
        gateway.Launch(["run", .. gateway.Settings()]);
        Assert.Equal(code, await gateway.WaitForExitAsync());
        Assert.Contains(gateway.Log, l => l.StartsWith(begins, StringComparison.Ordinal) && l.Contains(says.Replace("{taken}", address, StringComparison.Ordinal), StringComparison.Ordinal));
        Assert.Equal(spokenTo, downstream.ConnectionCount);
        Assert.False(File.Exists(Path.Combine(gateway.Data, "management.token")));
    }

    private static async Task<ScriptedSmtpClient> BetweenChunksAsync(GatewayUnderTest gateway, string subject)
    {
        ScriptedSmtpClient client = await Mail.ConnectAsync(gateway.Smtp);
        await client.SayAsync($"MAIL FROM:<{Mail.Sender}>", Ct);
        await client.SayAsync("RCPT TO:<bob@example.net>", Ct);
        string content = Mail.Clean(subject);
        await client.SendAsync(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"BDAT {content.Length}\r\n{content}"), Ct);
        Assert.StartsWith("250", await client.ReadReplyAsync(Ct), StringComparison.Ordinal);
        return client;
    }

    private static bool Listens(IPEndPoint endPoint)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(endPoint);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
