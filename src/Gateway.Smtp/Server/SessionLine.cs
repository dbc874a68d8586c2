namespace Gateway.Smtp.Server;

/// <summary>Whose words a line of a session record are.</summary>
public enum SessionVoice
{
    /// <summary>The client's.</summary>
    Client,

    /// <summary>Ours, on the wire.</summary>
    Server,

    /// <summary>A remark of the recorder, never on the wire.</summary>
    Recorder,
}

/// <summary>One line of a session record, fit to be shown.</summary>
/// <param name="Microseconds">From the accept of the connection.</param>
/// <param name="Voice">Who spoke.</param>
/// <param name="Text">
/// Printable US-ASCII: every other octet, the backslash and the vertical bar are written as <c>\xNN</c>. Secrets are <c>***</c>.
/// </param>
public readonly record struct SessionLine(long Microseconds, SessionVoice Voice, string Text)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"+{Microseconds / 1_000_000}.{Microseconds % 1_000_000:000000} {(Voice == SessionVoice.Client ? "C" : Voice == SessionVoice.Server ? "S" : "*")}: {Text}");
}
