using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Api.Door;
using Xunit;

namespace Gateway.Tests.Management;

/// <summary>What stands in front of the management interface.</summary>
public sealed class DoorTests
{
    [Theory]
    [InlineData("GET", "/api/status")]
    [InlineData("GET", "/api/nothing")]
    [InlineData("DELETE", "/api/status")]
    [InlineData("PUT", "/")]
    [InlineData("GET", "/API/status")]
    [InlineData("GET", "/%61pi/status")]
    [InlineData("GET", "/healthz/../api/status")]
    [InlineData("POST", "/api/queue/orders/remove")]
    public async Task WithoutToken_Everything_Is401BeforeTheBody(string method, string path)
    {
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        // The body is announced and never comes.
        string answer = await gateway.RawAsync($"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 20000000\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 401 ", answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_ShowCharactersAsTheyAre_AndAreNeverTakenForHtml()
    {
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        using HttpResponseMessage response = await gateway.Http.GetAsync(new Uri("api/queue?staet=quarantined&grüße=%3Cb%3E", UriKind.Relative), LiveGateway.Ct);
        string text = await response.Content.ReadAsStringAsync(LiveGateway.Ct);
        Assert.Contains("'", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\\u00", text, StringComparison.Ordinal);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
    }

    [Theory]
    [InlineData("Bearer {0}", HttpStatusCode.OK)]
    [InlineData("bearer {0}", HttpStatusCode.OK)]
    [InlineData("BEARER   {0}", HttpStatusCode.OK)]
    [InlineData("Basic {0}", HttpStatusCode.Unauthorized)]
    [InlineData("Bearer{0}", HttpStatusCode.Unauthorized)]
    [InlineData("Bearer {0}0", HttpStatusCode.Unauthorized)]
    [InlineData("Bearer", HttpStatusCode.Unauthorized)]
    public async Task Authorization_SchemeHasNoCase(string form, HttpStatusCode expected)
    {
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        string value = form.Replace("{0}", gateway.Token, StringComparison.Ordinal);
        string answer = await gateway.RawAsync($"GET /api/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: {value}\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {(int)expected} ", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/healthz", 200)]
    [InlineData("HEAD", "/healthz", 200)]
    [InlineData("HEAD", "/readyz", 200)]
    [InlineData("HEAD", "/metrics", 200)]
    [InlineData("POST", "/healthz", 405)]
    [InlineData("POST", "/metrics", 405)]
    [InlineData("OPTIONS", "/metrics", 405)]
    public async Task OpenPages_TakeGetAndHead(string method, string path, int expected)
    {
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        using HttpRequestMessage request = new(new HttpMethod(method), path);
        using HttpResponseMessage response = await gateway.Stranger.SendAsync(request, LiveGateway.Ct);
        Assert.Equal(expected, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("localhost:8025", 200)]
    [InlineData("127.0.0.1", 200)]
    [InlineData("[::1]:8025", 200)]
    [InlineData("gateway.test", 200)]
    [InlineData("metrics.internal:9000", 200)]
    [InlineData("rebound.example", 421)]
    [InlineData("localhost.evil.example", 421)]
    public async Task OpenPages_AnswerToOwnNamesOnly(string host, int expected)
    {
        await using LiveGateway gateway = await LiveGateway.StartAsync(null, "Management:HostNames:0=metrics.internal");
        string answer = await gateway.RawAsync($"GET /readyz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {expected} ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DeniedCalls_AreCountedEachAndLoggedOncePerMinute()
    {
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        for (int i = 0; i < 50; i++)
        {
            using HttpRequestMessage request = new(HttpMethod.Get, "/api/status?\u001b[31m");
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + new string('0', 64));
            using HttpResponseMessage response = await gateway.Stranger.SendAsync(request, LiveGateway.Ct);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        }

        string metrics = await gateway.Stranger.GetStringAsync(new Uri("/metrics", UriKind.Relative), LiveGateway.Ct);
        Assert.Contains("gateway_management_denied_total{reason=\"token\"} 50", metrics, StringComparison.Ordinal);
        Assert.Single(gateway.Log.Split('\n'), l => l.Contains("management: 1 calls from [127.0.0.1] denied, reason=token, the last was GET /api/status", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Body_TooLargeOrOfUnknownLength_IsBounded()
    {
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        string head = $"POST /api/queue/retry HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {gateway.Token}\r\n";
        Assert.StartsWith("HTTP/1.1 413 ", await gateway.RawAsync($"{head}Content-Length: 25000000\r\n\r\n"), StringComparison.Ordinal);
        StringBuilder chunks = new($"{head}Transfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < 100; i++)
        {
            chunks.Append("1000\r\n").Append('x', 0x1000).Append("\r\n");
        }

        string answer = await gateway.RawAsync(chunks.ToString());
        Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 413 ", StringComparison.Ordinal), answer);
        Assert.DoesNotContain(" 200 ", await gateway.RawAsync($"GET /api/status?{new string('x', 1 << 20)} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {gateway.Token}\r\n\r\n"), StringComparison.Ordinal);
        Assert.DoesNotContain(" 200 ", await gateway.RawAsync($"GET /healthz HTTP/1.1\r\nHost: x\r\nX: {new string('x', 20_000)}\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connections_OfStrangers_MakeRoomForWhoHasTheToken()
    {
        await using LiveGateway gateway = await LiveGateway.StartAsync(null, "Management:Connections=8");
        List<Socket> idle = [];
        for (int i = 0; i < 40; i++)
        {
            Socket stranger = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            idle.Add(stranger);
            try
            {
                await stranger.ConnectAsync(IPEndPoint.Parse(gateway.Host.Management), LiveGateway.Ct);
                await stranger.SendAsync(Encoding.ASCII.GetBytes("GET /healthz HTTP/1.1\r\nHo"), LiveGateway.Ct);
            }
            catch (SocketException)
            {
                // Ended already, for one of the others.
            }
        }

        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await gateway.AskAsync("GET", "/api/status")).Status);
        }

        idle.ForEach(s => s.Dispose());
    }

    [Fact]
    public async Task Requests_MoreAtOnceThanAllowed_AreAskedToComeAgain()
    {
        await using LiveGateway gateway = await LiveGateway.StartAsync(s => s with { ManagementLimits = new ManagementLimits { Requests = 0 } });
        (HttpStatusCode status, string text) = await gateway.AskAsync("GET", "/api/status");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("Too many requests", text, StringComparison.Ordinal);
    }
}
