namespace Gateway.Mime;

/// <summary>What a rule asks for when it fires; as a verdict, what becomes of the message.</summary>
/// <remarks>Ordered by strength: the verdict of a message is the largest action of its findings.</remarks>
public enum RuleAction
{
    /// <summary>Count only; the message is clean.</summary>
    Allow = 0,

    /// <summary>Forward byte for byte; record the finding in log, metrics and console (RFC 7103 section 4).</summary>
    Tag = 1,

    /// <summary>Accept and hold; not forwarded before somebody releases it.</summary>
    Quarantine = 2,

    /// <summary>Refuse with a permanent reply while the client is still there.</summary>
    Reject = 3,
}
