using System.IO.Pipelines;
using System.Net;
using System.Text;
using Gateway.Smtp.Server;
using Microsoft.AspNetCore.Connections;
using Xunit;

namespace Gateway.Smtp.Tests.Server;

/// <summary>Connections reset where the session only looks whether something has come; found by the protocol fuzz.</summary>
public sealed class SessionResetTests
{
    private readonly Pipe _input = new();
    private readonly Pipe _output = new();
    private readonly RecordingReceivers _receivers = new();

    [Fact]
    public async Task Reset_BeforeTheGreeting_IsNoFaultOfOurs()
    {
        await _input.Writer.CompleteAsync(new ConnectionResetException("reset"));

        SessionSummary summary = await RunAsync();

        Assert.Equal((SessionEnd.Disconnected, null), (summary.End, summary.Fault));
    }

    [Fact]
    public async Task Reset_BehindData_IsNoFaultOfOurs()
    {
        _receivers.OnBegin = async () =>
        {
            await _input.Writer.CompleteAsync(new ConnectionResetException("reset"));
            return Gateway.Smtp.Protocol.Replies.StartMailInput;
        };
        _receivers.OnGreet = () =>
        {
            _input.Writer.WriteAsync("EHLO client.test\r\n"u8.ToArray()).AsTask().Wait(TestContext.Current.CancellationToken);
            return null;
        };

        Task<SessionSummary> ended = RunAsync();
        await HeardAsync("HELP\r\n");
        await _input.Writer.WriteAsync("MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        SessionSummary summary = await ended;

        Assert.Equal((SessionEnd.Disconnected, null), (summary.End, summary.Fault));
        Assert.Contains("begin", _receivers.All.Single().Calls, StringComparison.Ordinal);
    }

    private async Task HeardAsync(string end)
    {
        string heard = string.Empty;
        while (!heard.EndsWith(end, StringComparison.Ordinal))
        {
            ReadResult read = await _output.Reader.ReadAsync(TestContext.Current.CancellationToken);
            heard += Encoding.Latin1.GetString(read.Buffer);
            _output.Reader.AdvanceTo(read.Buffer.End);
        }
    }

    private async Task<SessionSummary> RunAsync()
    {
        IPEndPoint here = new(IPAddress.Loopback, 25);
        SmtpPeer peer = new("1", here, here);
        SmtpServerProfile profile = new() { HostName = "gate.test" };
        SessionParts parts = new(new Duplex(_input.Reader, _output.Writer), peer, _receivers.Create(peer), new Greetings(profile, ListenerTls.None), TimeProvider.System);
        await parts.RunAsync(new SmtpSession(parts).TalkAsync, CancellationToken.None);
        return await _receivers.NextEndAsync(TestContext.Current.CancellationToken);
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
