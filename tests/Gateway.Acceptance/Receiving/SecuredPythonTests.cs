using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Receiving;

/// <summary>Python's smtplib encrypts, authenticates and sends through the gateway.</summary>
public sealed class SecuredPythonTests
{
    private const string Script = """
        import smtplib, socket, ssl, sys
        mode, address, trusted, password = sys.argv[1:]
        host, port = address.rsplit(':', 1)
        context = ssl.create_default_context(cafile=trusted)
        message = 'From: a@example.org\r\nSubject: python\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\n\r\nhello\r\n.\r\n'

        # smtplib asks for the name it connects to, and the certificate is for that name.
        real = socket.create_connection
        socket.create_connection = lambda address, *more, **named: real((host, address[1]), *more, **named)

        if mode == 'implicit':
            s = smtplib.SMTP_SSL('gateway.test', int(port), local_hostname='python.test', context=context)
        else:
            s = smtplib.SMTP('gateway.test', int(port), local_hostname='python.test')
            s.ehlo()
            assert s.has_extn('starttls') and not s.has_extn('auth')
            try:
                s.login('joe', password)
                sys.exit('it let me log in in clear')
            except smtplib.SMTPNotSupportedError:
                pass
            assert s.docmd('AUTH', 'PLAIN AGpvZQB4')[0] == 538
            s.starttls(context=context)
        with s:
            s.ehlo()
            assert s.has_extn('auth') and not s.has_extn('starttls')
            assert s.sock.version() == 'TLSv1.3', s.sock.version()
            try:
                s.sendmail('a@example.org', 'one@example.net', message)
                sys.exit('a stranger may relay')
            except smtplib.SMTPRecipientsRefused as e:
                assert e.recipients['one@example.net'][0] == 550, e
            try:
                s.login('joe', password + 'x')
                sys.exit('any password will do')
            except smtplib.SMTPAuthenticationError as e:
                assert e.smtp_code == 535, e
            s.login('joe', password)
            assert s.sendmail('a@example.org', ['one@example.net', 'two@example.net'], message) == {}
        """;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory(Timeout = 120_000)]
    [InlineData("optional")]
    [InlineData("implicit")]
    public async Task PythonSmtplib_TlsAndLogin_MayRelay(string mode)
    {
        await using ScriptedSmtpServer downstream = new();
        await using GatewayUnderTest gateway = await SecuredGateway.StartAsync(downstream, mode, "Relay:AllowedNetworks:0=192.0.2.0/24");
        (await Tool.RunAsync("python3", ["-c", Script, mode, gateway.Smtp.ToString(), gateway["tls.crt"], SecuredGateway.Password])).Good();

        await downstream.WaitForMessagesAsync(1, Ct);
        ReceivedMessage got = Assert.Single(downstream.Messages);
        Assert.Equal(["one@example.net", "two@example.net"], got.Recipients);
        Assert.Contains("with ESMTPSA id ", got.Text, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nhello\r\n.\r\n", got.Text, StringComparison.Ordinal);
        Assert.Contains(gateway.Log, l => l.Contains("sasl_username=<joe>", StringComparison.Ordinal));
        Assert.DoesNotContain(gateway.Log, l => l.Contains(SecuredGateway.Password, StringComparison.Ordinal));
    }
}
