using Gateway.TestKit;
using Xunit;

namespace Gateway.Smtp.Tests.Server;

/// <summary>Waits for what another thread does soon.</summary>
internal static class Eventually
{
    public static async Task HoldsAsync(Func<bool> condition, CancellationToken ct)
    {
        for (int i = 0; i < 1000 && !condition(); i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), ct);
        }

        Assert.True(condition());
    }

    /// <summary>Waits until no session is open.</summary>
    public static Task IsEmptyAsync(this SmtpTestHost host) =>
        HoldsAsync(() => host.Registry.Count == 0 && host.Receivers.All.All(r => r.IsDisposed), TestContext.Current.CancellationToken);

    /// <summary>A client that has read 354 and may send its message.</summary>
    public static async Task<ScriptedSmtpClient> InDataAsync(this SmtpTestHost host)
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        ScriptedSmtpClient client = await host.GreetAsync();
        await client.SayAsync("MAIL FROM:<a@b.test>", stop);
        await client.SayAsync("RCPT TO:<c@d.test>", stop);
        Assert.StartsWith("354", await client.SayAsync("DATA", stop), StringComparison.Ordinal);
        return client;
    }
}
