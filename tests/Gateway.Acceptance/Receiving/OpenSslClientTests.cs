using System.Diagnostics;
using System.Text;
using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Receiving;

/// <summary>What administrators look at a server's encryption with: <c>openssl s_client</c>.</summary>
public sealed class OpenSslClientTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory(Timeout = 120_000)]
    [InlineData("required", "-tls1_3")]
    [InlineData("required", "-tls1_2")]
    [InlineData("implicit", "-tls1_3")]
    public async Task OpenSslClient_Session_SendsAMessage(string mode, string version)
    {
        await using ScriptedSmtpServer downstream = new();
        await using GatewayUnderTest gateway = await SecuredGateway.StartAsync(downstream, mode);
        using Process client = Tool.Start("openssl", Arguments(gateway, mode, version));
        Task<string> errors = client.StandardError.ReadToEndAsync(Ct);
        StringBuilder said = new();
        if (mode == "implicit")
        {
            // Under STARTTLS it keeps the greeting to itself.
            await ReadReplyAsync(client, said);
        }

        // -crlf makes CRLF of every LF.
        string message = Mail.Head("openssl").Replace("\r\n", "\n", StringComparison.Ordinal) + "\nhello\n.";
        foreach (string line in (string[])["EHLO openssl.test", $"MAIL FROM:<{Mail.Sender}>", "RCPT TO:<one@example.net>", "DATA", message, "QUIT"])
        {
            await client.StandardInput.WriteAsync(line + "\n");
            await client.StandardInput.FlushAsync(Ct);
            await ReadReplyAsync(client, said);
        }

        client.StandardInput.Close();
        await client.WaitForExitAsync(Ct);
        Assert.True(client.ExitCode == 0, $"{said}\n{await errors}");
        Assert.Contains("250 2.0.0 Ok: queued as ", said.ToString(), StringComparison.Ordinal);
        Assert.Contains("verify return:1", await errors, StringComparison.Ordinal);
        await downstream.WaitForMessagesAsync(1, Ct);
        string text = downstream.Messages[0].Text;
        Assert.StartsWith("Received: from openssl.test ([127.0.0.1])\r\n\tby gateway.test (Gateway) with ESMTPS id ", text, StringComparison.Ordinal);
        Assert.Contains(version == "-tls1_3" ? "(version=TLS1_3 cipher=TLS_" : "(version=TLS1_2 cipher=", text, StringComparison.Ordinal);
    }

    [Theory(Timeout = 120_000)]
    [InlineData("optional")]
    [InlineData("implicit")]
    public async Task OpenSslClient_VersionOutOfUse_IsRefused(string mode)
    {
        await using ScriptedSmtpServer downstream = new();
        await using GatewayUnderTest gateway = await SecuredGateway.StartAsync(downstream, mode);
        // At its own level of security it would not even offer it.
        ToolResult said = await Tool.RunAsync("openssl", [.. Arguments(gateway, mode, "-tls1_1"), "-cipher", "DEFAULT@SECLEVEL=0"]);
        Assert.NotEqual(0, said.ExitCode);
        Assert.Contains("alert protocol version", said.Error, StringComparison.Ordinal);
        await Eventually.TrueAsync(() => gateway.Log.Any(l => l.Contains(" disconnect from unknown[127.0.0.1] ", StringComparison.Ordinal)), "the session is over");
    }

    private static string[] Arguments(GatewayUnderTest gateway, string mode, string version) =>
    [
        "s_client", "-connect", gateway.Smtp.ToString(), "-servername", "gateway.test", "-verify_hostname", "gateway.test", "-CAfile", gateway["tls.crt"],
        "-verify_return_error", "-crlf", "-quiet", version, .. mode == "implicit" ? [] : (string[])["-starttls", "smtp", "-name", "openssl.test"],
    ];

    private static async Task ReadReplyAsync(Process client, StringBuilder said)
    {
        string? line;
        do
        {
            line = await client.StandardOutput.ReadLineAsync(Ct);
            said.AppendLine(line);
            TestContext.Current.TestOutputHelper?.WriteLine($"openssl: {line}");
        }
        while (line is { Length: > 3 } && line[3] == '-');
    }
}
