using System.Globalization;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server;

/// <summary>The replies that name the server and its extensions: greeting, HELO, EHLO; made once for a profile.</summary>
/// <remarks>Threads: any; immutable. Cost: without it each session would build and encode 150 octets of its own.</remarks>
internal sealed class Greetings(SmtpServerProfile profile)
{
    /// <summary>The profile they were made from.</summary>
    public SmtpServerProfile Profile { get; } = profile;

    /// <summary>220.</summary>
    public SmtpReply Greeting { get; } = Replies.Greeting(profile.HostName);

    /// <summary>The reply to HELO.</summary>
    public SmtpReply Helo { get; } = new(250, default, profile.HostName);

    /// <summary>The reply to EHLO with what we offer.</summary>
    public SmtpReply Ehlo { get; } = new(
        250,
        default,
        string.Create(
            CultureInfo.InvariantCulture,
            $"{profile.HostName}\nPIPELINING\nSIZE {profile.Limits.MessageBytes}\n8BITMIME\nSMTPUTF8\nENHANCEDSTATUSCODES\nHELP"));
}
