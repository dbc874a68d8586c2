using System.Globalization;
using Gateway.TestKit;

namespace Gateway.Acceptance.Harness;

/// <summary>A Postfix of its own behind the gateway: smtpd(8) with TLS and XFORWARD; what it takes it throws away, but mail for example.org goes into a mailbox.</summary>
/// <remarks>It touches nothing of a Postfix that the machine may run, but its master must be started by root.</remarks>
internal sealed class PostfixReceiver : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private PostfixReceiver()
    {
        Directory.CreateDirectory(Configuration);
        Directory.CreateDirectory(_directory["queue"]);
        Directory.CreateDirectory(_directory["data"]);
        Directory.CreateDirectory(_directory["mail"]);
        File.SetUnixFileMode(_directory.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        TestCertificate.Write(CertificateFile, _directory["tls.key"], "receiver.test");
    }

    /// <summary>Where it takes mail.</summary>
    public int Port { get; } = FreePort.Take();

    /// <summary>Its certificate for receiver.test, which is its own root.</summary>
    public string CertificateFile => _directory["tls.crt"];

    /// <summary>The files of the mailbox, each one message as virtual(8) wrote it.</summary>
    public IReadOnlyList<string> Mailbox => Directory.Exists(_directory["mail/box/new"]) ? Directory.GetFiles(_directory["mail/box/new"]) : [];

    /// <summary>What it has logged so far.</summary>
    public string Log => File.Exists(_directory["mail.log"]) ? File.ReadAllText(_directory["mail.log"]) : string.Empty;

    private string _owner = string.Empty;

    private string Configuration => _directory["conf"];

    /// <summary>Starts it.</summary>
    /// <param name="services">Further services, each as in master.cf.</param>
    public static async Task<PostfixReceiver> StartAsync(params string[] services)
    {
        Assert.SkipUnless(Environment.UserName == "root", "NOT TESTED: Postfix as the mail host behind. Its master must be started by root.");
        PostfixReceiver postfix = new();
        (await Tool.RunAsync("chown", ["postfix", postfix._directory["data"], postfix._directory["mail"]])).Good();
        postfix._owner = (await Tool.RunAsync("id", ["-u", "postfix"])).Good().Output.Trim();
        CancellationToken ct = TestContext.Current.CancellationToken;
        await File.WriteAllTextAsync(Path.Combine(postfix.Configuration, "main.cf"), postfix.MainConfiguration(), ct);
        await File.WriteAllTextAsync(
            Path.Combine(postfix.Configuration, "master.cf"),
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                127.0.0.1:{postfix.Port} inet n - n - - smtpd
                cleanup unix n - n - 0 cleanup
                qmgr unix n - n 300 1 qmgr
                tlsmgr unix - - n 1000? 1 tlsmgr
                rewrite unix - - n - - trivial-rewrite
                bounce unix - - n - 0 bounce
                defer unix - - n - 0 bounce
                trace unix - - n - 0 bounce
                proxymap unix - - n - - proxymap
                discard unix - - n - - discard
                virtual unix - n n - - virtual
                error unix - - n - - error
                retry unix - - n - - error
                anvil unix - - n - 1 anvil
                postlog unix-dgram n - n - 1 postlogd

                """) + string.Concat(services.Select(static s => s + "\n")),
            ct);
        (await Tool.RunAsync(Tool.Postfix("postfix"), ["-c", postfix.Configuration, "start"])).Good();
        await Eventually.TrueAsync(() => SmtpSink.Answers(postfix.Port), "Postfix listens");
        return postfix;
    }

    /// <summary>Waits until a line is in its log.</summary>
    public Task WaitForLogAsync(string text) => Eventually.TrueAsync(() => Log.Contains(text, StringComparison.Ordinal), $"Postfix logs '{text}'\n{Log}");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using System.Diagnostics.Process stop = Tool.Start(Tool.Postfix("postfix"), ["-c", Configuration, "stop"]);
        await stop.WaitForExitAsync(CancellationToken.None);
        TestContext.Current.TestOutputHelper?.WriteLine($"--- Postfix's log ---\n{Log}");
        _directory.Dispose();
    }

    private string MainConfiguration() =>
        $"""
        compatibility_level = 3.6
        queue_directory = {_directory["queue"]}
        data_directory = {_directory["data"]}
        command_directory = /usr/sbin
        daemon_directory = /usr/lib/postfix/sbin
        maillog_file_prefixes = {_directory.Path}
        maillog_file = {_directory["mail.log"]}
        myhostname = receiver.test
        mydestination =
        alias_maps =
        alias_database =
        inet_interfaces = loopback-only
        inet_protocols = ipv4
        mynetworks = 127.0.0.0/8
        default_transport = discard:
        virtual_mailbox_domains = example.org
        virtual_mailbox_base = {_directory["mail"]}
        virtual_mailbox_maps = static:box/
        virtual_minimum_uid = 1
        virtual_uid_maps = static:{_owner}
        virtual_gid_maps = static:{_owner}
        smtpd_relay_restrictions = permit_mynetworks, reject
        smtpd_authorized_xforward_hosts = 127.0.0.0/8
        smtpd_tls_security_level = may
        smtpd_tls_cert_file = {CertificateFile}
        smtpd_tls_key_file = {_directory["tls.key"]}
        smtpd_tls_loglevel = 1
        smtpd_tls_ask_ccert = yes

        """;
}
