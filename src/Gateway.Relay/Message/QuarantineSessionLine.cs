using Gateway.Smtp.Server;

namespace Gateway.Relay.Message;

/// <summary>One line of the SMTP session that brought a quarantined message.</summary>
/// <remarks>Plain data in the quarantine's own shape, like <see cref="QuarantineFinding"/>.</remarks>
/// <param name="Microseconds">From the accept of the connection.</param>
/// <param name="From"><c>client</c>, <c>server</c>, or <c>recorder</c> for remarks that were never on the wire.</param>
/// <param name="Text">Printable US-ASCII, other octets as <c>\xNN</c>; secrets are <c>***</c>; never content of the message.</param>
public sealed record QuarantineSessionLine(long Microseconds, string From, string Text)
{
    private const string Client = "client";

    /// <summary>What a recorder holds now.</summary>
    /// <param name="recorder">The session's; null for none.</param>
    /// <param name="from">How many of its first lines are left out.</param>
    public static IReadOnlyList<QuarantineSessionLine> Of(SessionRecorder? recorder, int from = 0) =>
        recorder is null ? [] : [.. recorder.Lines(from).Select(line => new QuarantineSessionLine(line.Microseconds, Name(line.Voice), line.Text))];

    /// <summary>Where the last transaction begins: at its MAIL. All of the lines when none has one.</summary>
    public static int OwnFrom(IReadOnlyList<QuarantineSessionLine> lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        for (int i = lines.Count - 1; i >= 0; i--)
        {
            if (lines[i].From == Client && lines[i].Text.StartsWith("MAIL ", StringComparison.OrdinalIgnoreCase))
            {
                return i;
            }
        }

        return 0;
    }

    private static string Name(SessionVoice voice) => voice switch
    {
        SessionVoice.Client => Client,
        SessionVoice.Server => "server",
        _ => "recorder",
    };
}
