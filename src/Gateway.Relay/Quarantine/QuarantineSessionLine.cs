using Gateway.Smtp.Server;

namespace Gateway.Relay.Quarantine;

/// <summary>One line of the SMTP session that brought a held message.</summary>
/// <remarks>Plain data in the quarantine's own shape, like <see cref="QuarantineFinding"/>.</remarks>
/// <param name="Microseconds">From the accept of the connection.</param>
/// <param name="From"><c>client</c>, <c>server</c>, or <c>recorder</c> for remarks that were never on the wire.</param>
/// <param name="Text">Printable US-ASCII, other octets as <c>\xNN</c>; secrets are <c>***</c>; never content of the message.</param>
public sealed record QuarantineSessionLine(long Microseconds, string From, string Text)
{
    /// <summary>What a recorder holds now.</summary>
    public static IReadOnlyList<QuarantineSessionLine> Of(SessionRecorder? recorder) =>
        recorder is null ? [] : [.. recorder.Lines().Select(line => new QuarantineSessionLine(line.Microseconds, Name(line.Voice), line.Text))];

    private static string Name(SessionVoice voice) => voice switch
    {
        SessionVoice.Client => "client",
        SessionVoice.Server => "server",
        _ => "recorder",
    };
}
