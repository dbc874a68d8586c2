namespace Gateway.Mime;

/// <summary>What the first line of a message is.</summary>
public enum FirstLine
{
    /// <summary>There is none: the message has no octet.</summary>
    Absent,

    /// <summary>An empty line: the header is empty.</summary>
    Empty,

    /// <summary>A line that starts with white space.</summary>
    Continuation,

    /// <summary>An mbox line, <c>From </c> or <c>&gt;From </c>.</summary>
    MboxFrom,

    /// <summary>Anything else; usually a header field.</summary>
    Text,
}
