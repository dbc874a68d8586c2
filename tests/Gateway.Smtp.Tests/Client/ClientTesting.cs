using System.Text;
using Gateway.Smtp.Client;
using Gateway.TestKit;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Smtp.Tests.Client;

/// <summary>What the tests of the downstream client share.</summary>
internal static class ClientTesting
{
    public static readonly string[] NoPipelining = ["8BITMIME", "SMTPUTF8", "SIZE 104857600"];

    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static DownstreamHost HostOf(ScriptedSmtpServer server) => DownstreamHost.FromEndPoint(server.EndPoint);

    public static async Task<DownstreamConnection> ConnectAsync(
        ScriptedSmtpServer server, DownstreamOptions? options = null, TimeProvider? time = null)
    {
        ConnectResult result = await DownstreamConnection.ConnectAsync(
            HostOf(server), options ?? new DownstreamOptions(), time ?? TimeProvider.System, Stop);
        Assert.True(result.IsConnected, result.Failure?.ToString());
        return result.Connection;
    }

    public static OutboundMessage Message(string content = "Subject: x\r\n\r\nbody\r\n", params string[] recipients) =>
        Message(Encoding.Latin1.GetBytes(content), recipients);

    public static OutboundMessage Message(byte[] content, params string[] recipients) => new(
        "from@a.test", recipients.Length == 0 ? ["to@b.test"] : recipients, ReadOnlyMemory<byte>.Empty, new MemoryStream(content), content.Length,
        EightBit: false, SmtpUtf8: false);

    /// <summary>Moves the clock on until the task ends: what waits for a limit meets it, whenever it starts to wait.</summary>
    public static async Task<T> AdvanceUntilAsync<T>(this FakeTimeProvider time, Task<T> task, TimeSpan step)
    {
        while (!task.IsCompleted)
        {
            time.Advance(step);
            await Task.WhenAny(task, Task.Delay(TimeSpan.FromMilliseconds(10), Stop));
            await Settling.WaitAsync(Stop);
        }

        return await task;
    }
}
