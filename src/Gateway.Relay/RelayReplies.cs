using Gateway.Smtp.Protocol;
using Gateway.Spool;

namespace Gateway.Relay;

/// <summary>The replies that only the relay knows; the protocol's own are in <see cref="Replies"/>.</summary>
public static class RelayReplies
{
    /// <summary>No route leads to the recipient's domain: our configuration's fault, so 4xx.</summary>
    public static SmtpReply NoRoute { get; } = new(451, new EnhancedCode(4, 3, 5), "No route to this domain is configured");

    /// <summary>The address literal that stands for the recipient's domain is one of ours, and we have no mailboxes.</summary>
    public static SmtpReply LoopsBack { get; } = new(550, new EnhancedCode(5, 4, 6), "Mail to this address would loop back to this host");

    /// <summary>The client's mail took more inspection time than it may, or too much heavy mail waits.</summary>
    public static SmtpReply TooCostly { get; } = new(451, new EnhancedCode(4, 7, 1), "Too much costly mail from your network, try again later");

    /// <summary>The same, for a client that goes on.</summary>
    public static SmtpReply TooCostlyAgain { get; } = new(421, new EnhancedCode(4, 7, 0), "Too much costly mail from your network, closing connection");

    /// <summary>The message is malformed, and there is no room to hold it.</summary>
    public static SmtpReply CannotHold(string rule, MessageId id) =>
        new(451, new EnhancedCode(4, 3, 1), $"Malformed message (rule {rule}) cannot be held now, try again later (id {id})");

    /// <summary>What a client hears when its message cannot be made durable.</summary>
    public static SmtpReply For(SpoolUnavailableReason reason) =>
        reason == SpoolUnavailableReason.DiskFull ? Replies.InsufficientStorage : Replies.LocalError;
}
