using Gateway.Smtp.Server;

namespace Gateway.Configuration;

/// <summary>The encryption of one listener.</summary>
internal sealed class TlsOptions
{
    [Setting("`none`; `optional` offers STARTTLS (port 25); `required` takes no mail before STARTTLS (port 587); `implicit` begins with the handshake (port 465). "
        + "TLS 1.2 and later.")]
    public TlsMode Mode { get; init; } = TlsMode.None;

    [Setting("One certificate for each name that clients ask for (SNI); the first one is for all others. Renewed files are taken up within 10 seconds.")]
    public IReadOnlyList<CertificateOptions> Certificates { get; init; } = [];
}

/// <summary>Where one certificate is.</summary>
internal sealed class CertificateOptions
{
    [Setting("PEM file: the server's certificate, behind it the intermediate ones of its chain.", Required = true, IsFile = true)]
    public string CertificateFile { get; init; } = "";

    [Setting("PEM file: the unencrypted private key.", Required = true, IsFile = true)]
    public string KeyFile { get; init; } = "";
}

/// <summary>Who may authenticate.</summary>
internal sealed class AuthOptions
{
    [Setting("The file of `gateway user`. With it AUTH is offered under TLS, and whoever authenticates may send to any domain. Changes are taken up within 10 seconds.",
        DefaultText = "none: AUTH is not offered", MayBeEmpty = true, IsFile = true)]
    public string UsersFile { get; init; } = "";
}
