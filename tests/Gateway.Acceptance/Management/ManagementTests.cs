using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Management;

/// <summary>Health, metrics, status, and who may give orders.</summary>
public sealed class ManagementTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Http_HealthAndMetrics_AnswerWithoutToken()
    {
        await using ScriptedSmtpServer downstream = new();
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(downstream);
        await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("metrics"), "bob@example.net");
        await Mail.AcceptedAsync(gateway.Smtp, Mail.Malformed("metrics"), "bob@example.net");
        Assert.StartsWith("550 5.6.0", await Mail.SendAsync(gateway.Smtp, Mail.Refused("metrics"), "bob@example.net"), StringComparison.Ordinal);
        await gateway.WaitForEmptyQueueAsync();

        Assert.Equal((HttpStatusCode.OK, "ok\n"), await gateway.HttpAsync("healthz", token: string.Empty));
        Assert.Equal((HttpStatusCode.OK, "ready\n"), await gateway.HttpAsync("readyz", token: string.Empty));
        (HttpStatusCode status, string metrics) = await gateway.HttpAsync("metrics", token: string.Empty);
        Assert.Equal(HttpStatusCode.OK, status);
        foreach (string sample in new[]
        {
            "gateway_messages_received_total{result=\"accepted\"} 1", "gateway_messages_received_total{result=\"quarantined\"} 1",
            "gateway_messages_received_total{result=\"rejected\"} 1", "gateway_verdicts_total{action=\"quarantine\"} 1",
            "gateway_findings_total{action=\"quarantine\",finding=\"missing-boundary\"} 1", "gateway_delivery_attempts_total{result=\"Delivered\"} 1",
            "gateway_queue_messages{state=\"active\"} 0", "gateway_queue_messages{state=\"deferred\"} 0", "gateway_ready{} 1",
            "gateway_stage_duration_seconds_count{stage=\"inspect\"}", "gateway_stage_duration_seconds_count{stage=\"commit\"} 2",
            "gateway_accept_duration_seconds_count{} 3", "gateway_end_to_end_duration_seconds_count{} 1", "gateway_fsync_duration_seconds_count{}",
            "gateway_build_info{version=",
        })
        {
            Assert.Contains("\n" + sample, metrics, StringComparison.Ordinal);
        }

        // Nothing that a peer chose is ever a label.
        Assert.DoesNotContain("example", metrics, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Api_WithoutOrWithWrongToken_IsRefused()
    {
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(null);
        string id = await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("token"), "bob@example.net");
        foreach (string token in new[] { string.Empty, "wrong", new string('0', 64) })
        {
            foreach (string path in new[] { "api/status", "api/queue", $"api/queue/{id}", "api/quarantine", "api/nothing" })
            {
                (HttpStatusCode status, string body) = await gateway.HttpAsync(path, token);
                Assert.True(status == HttpStatusCode.Unauthorized, $"{path} gave {status}");
                Assert.DoesNotContain("example", body, StringComparison.Ordinal);
            }

            Assert.Equal(HttpStatusCode.Unauthorized, (await gateway.HttpAsync($"api/queue/{id}/remove", token, HttpMethod.Post)).Status);
        }

        Assert.Single(await gateway.JsonAsync("queue", "list"));
        string file = Path.Combine(gateway.Data, "management.token");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(gateway.Data));

        // A token is worth nothing after a restart.
        string old = await File.ReadAllTextAsync(file, Ct);
        Assert.Equal(0, await gateway.StopAsync());
        Assert.False(File.Exists(file));
        await gateway.StartAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, (await gateway.HttpAsync("api/status", old)).Status);
    }

    [Fact(Timeout = 120_000)]
    public async Task Status_TextAndJson_SayHowItIs()
    {
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(null);
        await Mail.AcceptedAsync(gateway.Smtp, Mail.Malformed("status"), "bob@example.net");
        await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("status"), "bob@example.net");
        await Eventually.TrueAsync(async () => await gateway.StatusAsync("quarantined") == 1 && await gateway.StatusAsync("deferred") == 1, "quarantined and deferred");

        JsonElement status = Assert.Single(await gateway.JsonAsync("status"));
        Assert.True(status.GetProperty("ready").GetBoolean());
        Assert.Equal("gateway.test", status.GetProperty("hostName").GetString());
        Assert.Equal(gateway.Pid, status.GetProperty("pid").GetInt32());
        Assert.Equal(gateway.Smtp.ToString(), status.GetProperty("listeners")[0].GetString());
        ToolResult text = (await gateway.CommandAsync("status")).Good();
        Assert.Contains("ready: mail is taken", text.Output, StringComparison.Ordinal);
        Assert.Contains("1 deferred", text.Output, StringComparison.Ordinal);
        Assert.Contains("1 quarantined", text.Output, StringComparison.Ordinal);

        Assert.Equal(0, await gateway.StopAsync());
        ToolResult gone = await gateway.CommandAsync("status");
        Assert.Equal(69, gone.ExitCode);
        Assert.Contains("gateway run", gone.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Status_GatewayWasKilled_SaysThatItDoesNotAnswer()
    {
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(null);
        await gateway.KillAsync();
        ToolResult result = await gateway.CommandAsync("status");
        Assert.Equal(69, result.ExitCode);
        Assert.Contains("Is it running?", result.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task UnixSocket_AsManagementEndpoint_ServesTheCommands()
    {
        await using GatewayUnderTest gateway = new(null);
        string socket = gateway["m.sock"];
        gateway.Set($"Management:Endpoint=unix:{socket}");
        await gateway.StartAsync();
        Assert.True(File.Exists(socket));
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(socket) & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite));
        string id = await Mail.AcceptedAsync(gateway.Smtp, Mail.Malformed("unix"), "bob@example.net");
        await Eventually.TrueAsync(async () => (await gateway.JsonAsync("quarantine", "list")).Count == 1, "it is quarantined");
        (await gateway.CommandAsync("quarantine", "discard", id, "--reason", "no")).Good();
        Assert.Single(await gateway.JsonAsync("status"));

        // Who says no name is whom the kernel names.
        using HttpClient unnamed = OverSocket(socket);
        using HttpRequestMessage pause = new(HttpMethod.Post, "http://localhost/api/routes/default/pause");
        pause.Headers.Authorization = new("Bearer", await File.ReadAllTextAsync(Path.Combine(gateway.Data, "management.token"), Ct));
        using HttpResponseMessage answer = await unnamed.SendAsync(pause, Ct);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains($"paused by {Environment.UserName} ", (await gateway.CommandAsync("status")).Output, StringComparison.Ordinal);

        // The socket of a killed gateway is in nobody's way.
        await gateway.KillAsync();
        await gateway.StartAsync();
        Assert.Single(await gateway.JsonAsync("status"));
        Assert.Equal(0, await gateway.StopAsync());
        Assert.False(File.Exists(socket));
    }

    [Fact(Timeout = 120_000)]
    public async Task Run_SecondGatewayOnTheSameData_EndsWithAClearWord()
    {
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(null);
        // With the port of the first one, too: that the data directory is taken is what a person has to know.
        gateway.Set($"Listeners:0:Endpoint={gateway.Smtp}");
        ToolResult second = await gateway.PlainAsync(["run", .. gateway.Settings()]);
        Assert.Equal(69, second.ExitCode);
        Assert.Contains("Cannot start: ", second.Error, StringComparison.Ordinal);
        Assert.Contains(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"in use by process {gateway.Pid}"), second.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", second.Error + second.Output, StringComparison.Ordinal);

        // The first one is not harmed: its token and its address are still its own.
        Assert.Single(await gateway.JsonAsync("status"));
    }

    [Fact(Timeout = 120_000)]
    public async Task Run_PortTaken_EndsWithAClearWord()
    {
        await using ScriptedSmtpServer other = new();
        await using GatewayUnderTest gateway = new(null, $"Listeners:0:Endpoint={other.Address}");
        ToolResult run = await gateway.PlainAsync(["run", .. gateway.Settings()]);
        Assert.Equal(69, run.ExitCode);
        Assert.Contains("Cannot start: ", run.Error, StringComparison.Ordinal);
        Assert.Contains(other.Address, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error + run.Output, StringComparison.Ordinal);
    }

    private static HttpClient OverSocket(string path) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, ct) =>
        {
            Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), ct);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });
}
