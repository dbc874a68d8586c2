namespace Gateway.Smtp.Server;

/// <summary>Where a session stands with the octets of a message.</summary>
internal enum ContentStage
{
    /// <summary>None is under way.</summary>
    None,

    /// <summary>The next octets are its content.</summary>
    Content,

    /// <summary>A chunk came and it was not the last: a command is next, and the message has not ended.</summary>
    BetweenChunks,
}

/// <summary>How much of the message under way has come.</summary>
/// <remarks>Threads: its session's.</remarks>
internal sealed class MessageProgress
{
    /// <summary>What is read now. A session that ends within the content leaves it as it was.</summary>
    public ContentStage Stage { get; set; }

    /// <summary>Octets of the content so far, those over the size limit too.</summary>
    public long Length { get; set; }

    /// <summary>The next octets are content.</summary>
    public bool IsInContent => Stage == ContentStage.Content;

    /// <summary>Octets of a message came and its end did not; between two chunks too.</summary>
    public bool IsInMessage => Stage != ContentStage.None;

    /// <summary>How a session ends whose client is gone now.</summary>
    public SessionEnd Gone => IsInContent ? SessionEnd.DisconnectedInData : SessionEnd.Disconnected;
}
