using Gateway.Relay.Message;
using Gateway.Smtp.Protocol;

namespace Gateway.Relay.Intake;

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
        new(451, new EnhancedCode(4, 3, 1), $"Malformed message (rule {rule}) cannot be quarantined now, try again later (id {id})");

    /// <summary>An administrator has stopped such mail (RFC 3463, 5.7.1). Why is not told: the id is the key to it.</summary>
    public static SmtpReply Blocked(string block) => new(550, new EnhancedCode(5, 7, 1), $"Blocked by this site (block {block})");

    /// <summary>An administrator has put such mail off.</summary>
    public static SmtpReply Deferred(string block) => new(450, new EnhancedCode(4, 7, 1), $"Deferred by this site, try again later (block {block})");

    /// <summary>The same in place of a greeting (RFC 5321 section 3.1).</summary>
    public static SmtpReply BlockedClient(string block) => new(554, new EnhancedCode(5, 7, 1), $"Blocked by this site (block {block})");

    /// <summary>The same in place of a greeting.</summary>
    public static SmtpReply DeferredClient(string block) => new(421, new EnhancedCode(4, 7, 1), $"Deferred by this site, try again later (block {block})");

    /// <summary>The gateway takes no more mail until it ends: another host of the site does (RFC 3463, 4.3.2).</summary>
    public static SmtpReply Draining { get; } = new(421, new EnhancedCode(4, 3, 2), "Draining for maintenance, try another host");

    /// <summary>What a client hears when its message cannot be made durable.</summary>
    public static SmtpReply For(QueueFault reason) =>
        reason == QueueFault.DiskFull ? Replies.InsufficientStorage : Replies.LocalError;
}
