using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Gateway.Api;
using Gateway.Commands;
using Gateway.Configuration;
using Gateway.Hosting;
using Gateway.Logging;
using Gateway.Mime;
using Gateway.Relay.Message;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Tests.Management;

/// <summary>A gateway in this process, with a mail host behind it, its management interface and its commands.</summary>
internal sealed class LiveGateway : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MemoryStream _log = new();
    private readonly GatewayLoggerProvider _logging;
    private readonly IReadOnlyList<string> _settings;

    private LiveGateway(params IReadOnlyList<string> settings)
    {
        _settings =
        [
            .. new[]
            {
                "HostName=gateway.test", $"DataDirectory={Path.Combine(_folder.Path, "data")}", "Listeners:0:Endpoint=127.0.0.1:0",
                "Management:Endpoint=127.0.0.1:0", $"Relay:DefaultRoute:Hosts:0={Downstream.Address}", "Shutdown:DrainTimeout=2s",
            }.Concat(settings).Select(s => $"--Gateway:{s}"),
        ];
        Options = GatewayConfiguration.Load(
            _folder.Write("gateway.json", "{}"), _settings, new Dictionary<string, string>(StringComparer.Ordinal), [.. RuleCatalogue.All.Select(r => r.Name)]).Options!;
        _logging = new GatewayLoggerProvider(Options.Log, new LogSource("test", 1), _log, TimeProvider.System);
    }

    public static CancellationToken Ct => TestContext.Current.CancellationToken;

    public ScriptedSmtpServer Downstream { get; } = new() { KeepTranscript = false };

    public GatewayOptions Options { get; }

    public GatewayHost Host { get; private set; } = null!;

    /// <summary>With the token.</summary>
    public HttpClient Http { get; private set; } = null!;

    /// <summary>Without it.</summary>
    public HttpClient Stranger { get; private set; } = null!;

    public string Token { get; private set; } = string.Empty;

    public string Folder => _folder.Path;

    public string Log => _logging.Flush(TimeSpan.FromSeconds(10)) ? Encoding.UTF8.GetString(_log.ToArray()) : throw new TimeoutException("The log is not written.");

    /// <summary>Its configuration as arguments.</summary>
    public IReadOnlyList<string> Settings => _settings;

    public static Task<LiveGateway> StartAsync(Func<GatewayHostSettings, GatewayHostSettings>? change = null, params IReadOnlyList<string> settings) =>
        StartByOptionsAsync((made, _) => change?.Invoke(made) ?? made, settings);

    public static async Task<LiveGateway> StartByOptionsAsync(Func<GatewayHostSettings, GatewayOptions, GatewayHostSettings> change, params IReadOnlyList<string> settings)
    {
        LiveGateway gateway = new(settings);
        Assert.True(HostSettings.TryMake(gateway.Options, out GatewayHostSettings made, out _));
        gateway.Host = await GatewayHost.StartAsync(change(made, gateway.Options), gateway._logging, gateway.Options.Log, Ct);
        gateway.Token = await File.ReadAllTextAsync(Path.Combine(gateway.Options.DataDirectory, ManagementToken.FileName), Ct);
        gateway.Stranger = new HttpClient { BaseAddress = new Uri($"http://{gateway.Host.Management}/") };
        gateway.Http = new HttpClient { BaseAddress = gateway.Stranger.BaseAddress };
        gateway.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", gateway.Token);
        return gateway;
    }

    /// <summary>A message that the host puts off, in the queue.</summary>
    public async Task<string> DeferredAsync(string recipient = "later@example.net", string sender = "ada@example.org")
    {
        string id = await SendAsync("Subject: hi\r\n\r\nHello.\r\n", recipient, sender);
        await UntilAsync(() => Host.Relay.Delivery.List(1000).Any(e => e.Id == id && e.State == RelayState.Deferred));
        return id;
    }

    /// <summary>A message in the quarantine.</summary>
    public async Task<string> QuarantinedAsync(string subject = "hold me", string sender = "ada@example.org")
    {
        string id = await SendAsync($"Subject: {subject}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed\r\n\r\nno parts\r\n", "bob@example.net", sender);
        await UntilAsync(async () => await Host.Relay.Quarantine.Store.FindAsync(id, Ct) is not null);
        return id;
    }

    /// <summary>Sends a message; returns its id.</summary>
    public async Task<string> SendAsync(string message, string recipient, string sender)
    {
        await using ScriptedSmtpClient client = await ScriptedSmtpClient.ConnectAsync(Host.SmtpEndPoints[0], Ct, TimeSpan.FromMinutes(1));
        await client.ReadReplyAsync(Ct);
        await client.SayAsync("EHLO client.test", Ct);
        await client.SayAsync($"MAIL FROM:<{sender}>", Ct);
        await client.SayAsync($"RCPT TO:<{recipient}>", Ct);
        await client.SayAsync("DATA", Ct);
        await client.SendAsync($"From: {sender}\r\nTo: {recipient}\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n{message}.\r\n", Ct);
        string reply = await client.ReadReplyAsync(Ct) ?? string.Empty;
        Assert.StartsWith("250", reply, StringComparison.Ordinal);
        return reply.Trim().Split(' ')[^1];
    }

    /// <summary>One request with the token; the status and what was said.</summary>
    public async Task<(HttpStatusCode Status, string Text)> AskAsync(string method, string path, string? body = null)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), path);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        // A body that is not taken is not sent.
        request.Headers.ExpectContinue = body?.Length > 10_000;
        using HttpResponseMessage response = await Http.SendAsync(request, Ct);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Ct));
    }

    /// <summary>One order; what it came to.</summary>
    public async Task<JsonElement> OrderAsync(string path, string body = """{"reason":"test"}""")
    {
        (HttpStatusCode status, string text) = await AskAsync("POST", path, body);
        Assert.True(status == HttpStatusCode.OK, text);
        return JsonElement.Parse(text);
    }

    /// <summary>Octets as they are on a connection of their own; all that comes back until it is closed, or what came before it broke.</summary>
    public async Task<string> RawAsync(string octets)
    {
        using TcpClient client = new();
        await client.ConnectAsync(IPEndPoint.Parse(Host.Management), Ct);
        StringBuilder text = new();
        try
        {
            NetworkStream stream = client.GetStream();
            await stream.WriteAsync(Encoding.Latin1.GetBytes(octets), Ct);
            byte[] block = new byte[4096];
            for (int read; (read = await stream.ReadAsync(block, Ct)) > 0;)
            {
                text.Append(Encoding.Latin1.GetString(block, 0, read));
            }
        }
        catch (IOException)
        {
            // The gateway closed it while octets were still on their way.
        }

        return text.ToString();
    }

    /// <summary>Runs a command in this process.</summary>
    public async Task<CommandRun> RunAsync(params IReadOnlyList<string> words) => await CommandRun.OverAsync(_settings, words);

    /// <summary>Runs a command whose output is another.</summary>
    public async Task<CommandRun> RunIntoAsync(Stream output, params IReadOnlyList<string> words) => await CommandRun.OverAsync(_settings, words, output);

    public static Task UntilAsync(Func<bool> holds, int seconds = 30) => UntilAsync(() => ValueTask.FromResult(holds()), seconds);

    public static async Task UntilAsync(Func<ValueTask<bool>> holds, int seconds = 30)
    {
        for (int i = 0; !await holds(); i++)
        {
            Assert.True(i < 100 * seconds, $"It did not come true within {seconds} seconds.");
            await Task.Delay(TimeSpan.FromMilliseconds(10), Ct);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http?.Dispose();
        Stranger?.Dispose();
        await (Host?.DisposeAsync() ?? ValueTask.CompletedTask);
        _logging.Dispose();
        await _log.DisposeAsync();
        await Downstream.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>A command that ran in this process.</summary>
internal sealed record CommandRun(int ExitCode, string Output, string Error)
{
    /// <summary>What the exit codes are.</summary>
    public static IReadOnlyList<int> Documented { get; } = [0, 1, 2, 64, 66, 69, 70, 73, 74, 77, 78];

    public static async Task<CommandRun> OverAsync(IReadOnlyList<string> settings, IReadOnlyList<string> words, Stream? stream = null)
    {
        using MemoryStream memory = new();
        await using StringWriter error = new();
        StreamWriter output = new(StandardStream.Over(stream ?? memory), bufferSize: 1024);
        int code = await CommandLine.RunAsync(new CommandContext(output, error, settings, new Dictionary<string, string>(StringComparer.Ordinal)), words);
        return new CommandRun(code, Encoding.UTF8.GetString(memory.ToArray()), error.ToString());
    }
}
