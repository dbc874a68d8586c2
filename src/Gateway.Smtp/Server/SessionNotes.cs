using System.Text;

namespace Gateway.Smtp.Server;

/// <summary>What was noteworthy in a session: the <c>notes=</c> of the log and the reasons of the metrics, a closed catalogue.</summary>
[Flags]
public enum SessionNotes
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The client spoke before the greeting.</summary>
    EarlyTalk = 1 << 0,

    /// <summary>The client spoke where it had to wait for a reply.</summary>
    NotSynchronized = 1 << 1,

    /// <summary>A command ended in LF alone.</summary>
    BareLineFeed = 1 << 2,

    /// <summary>A command held control characters.</summary>
    ControlCharacters = 1 << 3,

    /// <summary>A command line was over the limit.</summary>
    LineTooLong = 1 << 4,

    /// <summary>An end of data that another server might have taken for one.</summary>
    Smuggling = 1 << 5,

    /// <summary>The server had no session left.</summary>
    Connections = 1 << 6,

    /// <summary>The client had too many sessions.</summary>
    ClientConnections = 1 << 7,

    /// <summary>The client connected too often.</summary>
    ConnectionRate = 1 << 8,

    /// <summary>The client sent too many messages.</summary>
    MessageRate = 1 << 9,

    /// <summary>The client named too many recipients in a time.</summary>
    RecipientRate = 1 << 10,

    /// <summary>Too many recipients in one message.</summary>
    TooManyRecipients = 1 << 11,

    /// <summary>Too many errors.</summary>
    TooManyErrors = 1 << 12,

    /// <summary>Too many commands that bring no mail.</summary>
    JunkCommands = 1 << 13,

    /// <summary>The client was silent for too long.</summary>
    TimedOut = 1 << 14,

    /// <summary>A message came too slowly.</summary>
    TooSlow = 1 << 15,

    /// <summary>The session grew too old.</summary>
    SessionTooLong = 1 << 16,

    /// <summary>A message over the size limit.</summary>
    TooLarge = 1 << 17,

    /// <summary>No disk space.</summary>
    NoStorage = 1 << 18,

    /// <summary>Mail could not be taken.</summary>
    Unavailable = 1 << 19,

    /// <summary>The client's mail cost more inspection time than a client may take.</summary>
    InspectionTime = 1 << 20,

    /// <summary>Bare CR or LF of a client that may send them became CRLF.</summary>
    LineEndsNormalized = 1 << 21,

    /// <summary>Too many failed authentications.</summary>
    TooManyAuthFailures = 1 << 22,

    /// <summary>A message took longer than a message may, however steadily it came.</summary>
    MessageTimeout = 1 << 23,

    /// <summary>A message was held or refused for the size of its header.</summary>
    HeaderTooLarge = 1 << 24,

    /// <summary>The client was made to wait because messages being received took most of the memory they may take.</summary>
    MessageMemory = 1 << 25,

    /// <summary>Too many messages in one session.</summary>
    SessionMessages = 1 << 26,

    /// <summary>A malformed message was put off because the quarantine had no room for it.</summary>
    QuarantineFull = 1 << 27,

    /// <summary>The client did not authenticate where it had to.</summary>
    AuthRequired = 1 << 28,

    /// <summary>The login sent too many messages.</summary>
    LoginRate = 1 << 29,
}

/// <summary>The names of the notes.</summary>
public static class SessionNoteNames
{
    private static readonly (SessionNotes Note, string Name, bool IsRefusal)[] Table =
    [
        (SessionNotes.EarlyTalk, "early_talk", true),
        (SessionNotes.NotSynchronized, "not_synchronized", true),
        (SessionNotes.BareLineFeed, "bare_lf", false),
        (SessionNotes.ControlCharacters, "control_characters", false),
        (SessionNotes.LineTooLong, "line_too_long", true),
        (SessionNotes.Smuggling, "smuggling", true),
        (SessionNotes.Connections, "connections", true),
        (SessionNotes.ClientConnections, "client_connections", true),
        (SessionNotes.ConnectionRate, "connection_rate", true),
        (SessionNotes.MessageRate, "message_rate", true),
        (SessionNotes.RecipientRate, "recipient_rate", true),
        (SessionNotes.TooManyRecipients, "too_many_recipients", true),
        (SessionNotes.TooManyErrors, "too_many_errors", true),
        (SessionNotes.JunkCommands, "junk_commands", true),
        (SessionNotes.TimedOut, "timed_out", true),
        (SessionNotes.TooSlow, "too_slow", true),
        (SessionNotes.SessionTooLong, "session_too_long", true),
        (SessionNotes.TooLarge, "too_large", true),
        (SessionNotes.NoStorage, "no_storage", true),
        (SessionNotes.Unavailable, "unavailable", true),
        (SessionNotes.InspectionTime, "inspection_time", true),
        (SessionNotes.TooManyAuthFailures, "too_many_auth_failures", true),
        (SessionNotes.MessageTimeout, "message_timeout", true),
        (SessionNotes.HeaderTooLarge, "header_too_large", true),
        (SessionNotes.LineEndsNormalized, "line_ends_normalized", false),
        (SessionNotes.MessageMemory, "message_memory", false),
        (SessionNotes.SessionMessages, "session_messages", true),
        (SessionNotes.QuarantineFull, "quarantine_full", true),
        (SessionNotes.AuthRequired, "auth_required", true),
        (SessionNotes.LoginRate, "login_rate", true),
    ];

    /// <summary>The names, separated by commas; <c>none</c> when there is none.</summary>
    public static string Text(this SessionNotes notes)
    {
        if (notes == SessionNotes.None)
        {
            return "none";
        }

        StringBuilder text = new();
        foreach ((SessionNotes note, string name, _) in Table)
        {
            if (notes.HasFlag(note))
            {
                text.Append(text.Length == 0 ? string.Empty : ",").Append(name);
            }
        }

        return text.ToString();
    }

    /// <summary>All names.</summary>
    public static IEnumerable<string> All => Table.Select(row => row.Name);

    /// <summary>The names of all those that are refusals.</summary>
    public static IEnumerable<string> AllRefusals => Table.Where(static row => row.IsRefusal).Select(static row => row.Name);

    /// <summary>The names of those for which a session, or mail or a command in it, was not taken.</summary>
    public static IEnumerable<string> Refusals(this SessionNotes notes) =>
        notes == SessionNotes.None ? [] : Table.Where(row => row.IsRefusal && notes.HasFlag(row.Note)).Select(row => row.Name);
}
