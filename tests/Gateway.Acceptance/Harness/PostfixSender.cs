using System.Net;
using Gateway.TestKit;

namespace Gateway.Acceptance.Harness;

/// <summary>A Postfix of its own that sends everything to a gateway: queue manager, smtp(8) and all, with its default configuration.</summary>
/// <remarks>It touches nothing of a Postfix that the machine may run, but its master must be started by root.</remarks>
internal sealed class PostfixSender : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private PostfixSender()
    {
        Directory.CreateDirectory(Configuration);
        Directory.CreateDirectory(_directory["queue"]);
        Directory.CreateDirectory(_directory["data"]);
        // Its daemons are another user and must get through.
        File.SetUnixFileMode(_directory.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
    }

    private string Configuration => _directory["conf"];

    /// <summary>What it has logged so far.</summary>
    public string Log => File.Exists(_directory["mail.log"]) ? File.ReadAllText(_directory["mail.log"]) : string.Empty;

    /// <summary>Starts it.</summary>
    /// <param name="gateway">Where it sends everything.</param>
    /// <param name="settings">Further lines of main.cf.</param>
    public static async Task<PostfixSender> StartAsync(IPEndPoint gateway, params string[] settings)
    {
        Assert.SkipUnless(Environment.UserName == "root", "NOT TESTED: Postfix as a sending MTA. Its master must be started by root.");
        PostfixSender postfix = new();
        await postfix.ConfigureAsync(gateway, settings);
        (await Tool.RunAsync(Tool.Postfix("postfix"), ["-c", postfix.Configuration, "start"])).Good();
        return postfix;
    }

    /// <summary>Hands it a message.</summary>
    /// <param name="content">The message, lines ended by LF.</param>
    /// <param name="recipients">The recipients.</param>
    public async Task SubmitAsync(byte[] content, params string[] recipients) =>
        (await Tool.RunAsync(Tool.Postfix("sendmail"), ["-C", Configuration, "-f", Mail.Sender, "-i", "-N", "failure", .. recipients], content)).Good();

    /// <summary>Waits until it has said so often that a recipient was served.</summary>
    public Task WaitForSentAsync(int count) =>
        Eventually.TrueAsync(() => Log.Split("status=sent (250 2.0.0 Ok: queued as ").Length - 1 >= count, $"Postfix has sent {count}\n{Log}");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Also after a test that was cancelled.
        using System.Diagnostics.Process stop = Tool.Start(Tool.Postfix("postfix"), ["-c", Configuration, "stop"]);
        await stop.WaitForExitAsync(CancellationToken.None);
        TestContext.Current.TestOutputHelper?.WriteLine($"--- Postfix's log ---\n{Log}");
        _directory.Dispose();
    }

    private async Task ConfigureAsync(IPEndPoint gateway, string[] settings)
    {
        CancellationToken ct = TestContext.Current.CancellationToken;
        (await Tool.RunAsync("chown", ["postfix", _directory["data"]])).Good();
        await File.WriteAllTextAsync(
            Path.Combine(Configuration, "main.cf"),
            $"""
            compatibility_level = 3.6
            queue_directory = {_directory["queue"]}
            data_directory = {_directory["data"]}
            command_directory = /usr/sbin
            daemon_directory = /usr/lib/postfix/sbin
            maillog_file_prefixes = {_directory.Path}
            maillog_file = {_directory["mail.log"]}
            myhostname = sender.test
            mydestination =
            alias_maps =
            alias_database =
            inet_interfaces = loopback-only
            inet_protocols = ipv4
            relayhost = [{gateway.Address}]:{gateway.Port.ToString(System.Globalization.CultureInfo.InvariantCulture)}
            {string.Join('\n', settings)}

            """,
            ct);
        // As Postfix is shipped, without what listens on a port and without chroot.
        await File.WriteAllTextAsync(
            Path.Combine(Configuration, "master.cf"),
            """
            pickup unix n - n 60 1 pickup
            cleanup unix n - n - 0 cleanup
            qmgr unix n - n 300 1 qmgr
            tlsmgr unix - - n 1000? 1 tlsmgr
            rewrite unix - - n - - trivial-rewrite
            bounce unix - - n - 0 bounce
            defer unix - - n - 0 bounce
            trace unix - - n - 0 bounce
            proxymap unix - - n - - proxymap
            smtp unix - - n - - smtp
            relay unix - - n - - smtp
            flush unix n - n 1000? 0 flush
            showq unix n - n - - showq
            error unix - - n - - error
            retry unix - - n - - error
            scache unix - - n - 1 scache
            postlog unix-dgram n - n - 1 postlogd

            """,
            ct);
    }
}
