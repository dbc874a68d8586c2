using System.Globalization;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server.Auth;

namespace Gateway.Smtp.Server;

/// <summary>The replies that name the server and its extensions: greeting, HELO, EHLO; made once for a profile and a listener.</summary>
/// <remarks>Threads: any; immutable. Cost: without it each session would build and encode 150 octets of its own.</remarks>
internal sealed class Greetings(SmtpServerProfile profile, ListenerTls tls)
{
    /// <summary>The profile they were made from.</summary>
    public SmtpServerProfile Profile { get; } = profile;

    /// <summary>The listener's encryption.</summary>
    public ListenerTls Tls { get; } = tls;

    /// <summary>220.</summary>
    public SmtpReply Greeting { get; } = Replies.Greeting(profile.HostName);

    /// <summary>The reply to HELO.</summary>
    public SmtpReply Helo { get; } = new(250, default, profile.HostName);

    private readonly (SmtpReply ToAll, SmtpReply ToTrusted) _inClear =
        Ehlo(profile, tls.Mode is TlsMode.Optional or TlsMode.Required ? "STARTTLS\n" : string.Empty);

    private readonly (SmtpReply ToAll, SmtpReply ToTrusted) _encrypted = Ehlo(profile, (tls.Users is null ? string.Empty : $"AUTH {SaslExchange.Offered}\n") + "REQUIRETLS\n");

    private readonly (SmtpReply ToAll, SmtpReply ToTrusted) _encryptedWithHashes = Ehlo(profile, $"AUTH {SaslExchange.OfferedWithHashes}\nREQUIRETLS\n");

    /// <summary>The reply to EHLO with what we offer this client.</summary>
    public SmtpReply EhloFor(SmtpPeer peer)
    {
        (SmtpReply toAll, SmtpReply toTrusted) = peer.Tls is null ? _inClear : Tls.Users?.Current.HasHashes == true ? _encryptedWithHashes : _encrypted;
        return ClientLimits.IsIn(Profile.XclientNetworks, peer.Remote.Address) ? toTrusted : toAll;
    }

    private static (SmtpReply ToAll, SmtpReply ToTrusted) Ehlo(SmtpServerProfile profile, string secured) => (
        Ehlo(profile, secured, string.Empty),
        Ehlo(profile, secured, $"{ClientAttributes.Offer("XCLIENT", ClientAttributes.OfXClient)}\n{ClientAttributes.Offer("XFORWARD", ClientAttributes.OfXForward)}\n"));

    private static string MailMax(SessionLimits limits) =>
        limits.SessionMessages == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"MAILMAX={limits.SessionMessages} ");

    private static SmtpReply Ehlo(SmtpServerProfile profile, string secured, string trusted) => new(
        250,
        default,
        string.Create(
            CultureInfo.InvariantCulture,
            $"{profile.HostName}\nPIPELINING\nSIZE {profile.Limits.MessageBytes}\n8BITMIME\nSMTPUTF8\n{secured}ENHANCEDSTATUSCODES\nDSN\nCHUNKING\nBINARYMIME\nLIMITS {MailMax(profile.Limits)}RCPTMAX={profile.Limits.Recipients}\n{trusted}HELP"));
}
