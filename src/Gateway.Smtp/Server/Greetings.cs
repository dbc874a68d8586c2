using System.Globalization;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server.Auth;

namespace Gateway.Smtp.Server;

/// <summary>The replies that name the server and its extensions: greeting, HELO, EHLO; made once for a profile and a listener.</summary>
/// <remarks>Threads: any; immutable. Cost: without it each session would build and encode 150 octets of its own.</remarks>
internal sealed class Greetings(SmtpServerProfile profile, ListenerTls tls, SmtpEngine engine = SmtpEngine.Kestrel)
{
    /// <summary>The profile they were made from.</summary>
    public SmtpServerProfile Profile { get; } = profile;

    /// <summary>The listener's encryption.</summary>
    public ListenerTls Tls { get; } = tls;

    /// <summary>BDAT and BINARYMIME are offered.</summary>
    public bool OffersChunks => engine == SmtpEngine.Kestrel;

    /// <summary>220.</summary>
    public SmtpReply Greeting { get; } = Replies.Greeting(profile.HostName);

    /// <summary>The reply to HELO.</summary>
    public SmtpReply Helo { get; } = new(250, default, profile.HostName);

    private readonly (SmtpReply ToAll, SmtpReply ToTrusted) _inClear =
        Ehlo(profile, engine, tls.Mode is TlsMode.Optional or TlsMode.Required ? "STARTTLS\n" : string.Empty);

    private readonly (SmtpReply ToAll, SmtpReply ToTrusted) _encrypted = Ehlo(
        profile, engine, (tls.Users is null ? string.Empty : $"AUTH {(engine == SmtpEngine.Kestrel ? SaslExchange.Offered : SaslExchange.OfferedWithHashes)}\n") + "REQUIRETLS\n");

    private readonly (SmtpReply ToAll, SmtpReply ToTrusted) _encryptedWithHashes = Ehlo(profile, engine, $"AUTH {SaslExchange.OfferedWithHashes}\nREQUIRETLS\n");

    /// <summary>The reply to EHLO with what we offer this client.</summary>
    public SmtpReply EhloFor(SmtpPeer peer)
    {
        (SmtpReply toAll, SmtpReply toTrusted) = peer.Tls is null ? _inClear : Tls.Users?.Current.HasHashes == true ? _encryptedWithHashes : _encrypted;
        return ClientLimits.IsIn(Profile.XclientNetworks, peer.Remote.Address) ? toTrusted : toAll;
    }

    private static (SmtpReply ToAll, SmtpReply ToTrusted) Ehlo(SmtpServerProfile profile, SmtpEngine engine, string secured)
    {
        // What the package cannot do is not offered.
        string chunks = engine == SmtpEngine.Kestrel ? "CHUNKING\nBINARYMIME\n" : string.Empty;
        SmtpReply toAll = Ehlo(profile, secured, chunks, engine == SmtpEngine.Kestrel ? "\nHELP" : string.Empty);
        string trusted = $"\n{ClientAttributes.Offer("XCLIENT", ClientAttributes.OfXClient)}\n{ClientAttributes.Offer("XFORWARD", ClientAttributes.OfXForward)}\nHELP";
        return (toAll, engine == SmtpEngine.Kestrel ? Ehlo(profile, secured, chunks, trusted) : toAll);
    }

    private static string MailMax(SessionLimits limits) =>
        limits.SessionMessages == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"MAILMAX={limits.SessionMessages} ");

    private static SmtpReply Ehlo(SmtpServerProfile profile, string secured, string chunks, string last) => new(
        250,
        default,
        string.Create(
            CultureInfo.InvariantCulture,
            $"{profile.HostName}\nPIPELINING\nSIZE {profile.Limits.MessageBytes}\n8BITMIME\nSMTPUTF8\n{secured}ENHANCEDSTATUSCODES\nDSN\n{chunks}LIMITS {MailMax(profile.Limits)}RCPTMAX={profile.Limits.Recipients}{last}"));
}
