using Gateway.TestKit;

namespace Gateway.Acceptance.Harness;

/// <summary>A gateway with a certificate for gateway.test and the user joe, whose password is <see cref="Password"/>.</summary>
internal static class SecuredGateway
{
    public const string Password = "sesame street 7";

    /// <summary>Starts it.</summary>
    /// <param name="downstream">Where it forwards to.</param>
    /// <param name="mode">optional, required or implicit.</param>
    /// <param name="settings">As for any gateway.</param>
    public static async Task<GatewayUnderTest> StartAsync(ScriptedSmtpServer downstream, string mode, params string[] settings)
    {
        GatewayUnderTest gateway = new(downstream, settings);
        TestCertificate.Write(gateway["tls.crt"], gateway["tls.key"], "gateway.test");
        gateway.Set($"Listeners:0:Tls:Mode={mode}");
        gateway.Set($"Listeners:0:Tls:Certificates:0:CertificateFile={gateway["tls.crt"]}");
        gateway.Set($"Listeners:0:Tls:Certificates:0:KeyFile={gateway["tls.key"]}");
        gateway.Set($"Auth:UsersFile={gateway["users"]}");
        (await Tool.RunAsync(
            GatewayUnderTest.Executable,
            ["user", "add", "joe", .. gateway.Settings()],
            System.Text.Encoding.UTF8.GetBytes(Password + "\n"),
            directory: gateway.Home)).Good();
        await gateway.StartAsync();
        return gateway;
    }
}
