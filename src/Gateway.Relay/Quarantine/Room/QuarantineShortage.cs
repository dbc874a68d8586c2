namespace Gateway.Relay.Quarantine.Room;

/// <summary>Why no further malformed message can be quarantined now; the reasons of the metric <c>gateway.quarantine.deferred</c>.</summary>
public enum QuarantineShortage
{
    /// <summary>There is room.</summary>
    None,

    /// <summary>As many messages are quarantined as may be.</summary>
    Messages,

    /// <summary>The database is as large as it may become.</summary>
    Bytes,

    /// <summary>The client's network has as many messages in it as it may have.</summary>
    ClientMessages,

    /// <summary>The client's network has as many octets in it as it may have.</summary>
    ClientBytes,

    /// <summary>The disk has little room, which is kept for clean mail.</summary>
    Disk,

    /// <summary>The database is far behind.</summary>
    Behind,
}

/// <summary>The names of the shortages.</summary>
internal static class QuarantineShortages
{
    /// <summary>For metrics and the log.</summary>
    public static string Name(this QuarantineShortage shortage) => shortage switch
    {
        QuarantineShortage.Messages => "messages",
        QuarantineShortage.Bytes => "bytes",
        QuarantineShortage.ClientMessages => "client_messages",
        QuarantineShortage.ClientBytes => "client_bytes",
        QuarantineShortage.Disk => "disk",
        QuarantineShortage.Behind => "behind",
        _ => "none",
    };
}
