using System.Buffers;
using System.Collections.Concurrent;
using Gateway.Mime;
using Gateway.SmtpServerGuard.Wire;
using SmtpServer.Net;
using SmtpServer.Storage;

namespace Gateway.SmtpServerGuard;

/// <summary>Stands between the package SmtpServer and a program's own store and filter.</summary>
/// <remarks>
/// Promises: the inner store gets only mail that no rule holds or refuses, byte for byte with its final CRLF; a fault of ours or of the inner store is 4xx; a stop of the
/// server does not cancel a store that has begun.
/// Fails: never towards the package; exceptions become 451 and go to <see cref="GuardOptions.Faulted"/>.
/// Threads: one guard serves all sessions; store, filter and listener may be added to one server each.
/// Cost: one pass over each message; an inspector is kept for each session that ends a message at the same time.
/// </remarks>
/// <param name="options">What is let through.</param>
public sealed class MessageGuard(GuardOptions options)
{
    /// <summary>Where <c>context.Properties</c> has the <see cref="InspectionReport"/> of the message that is being stored.</summary>
    public const string ReportKey = "Gateway:InspectionReport";

    private readonly ConcurrentBag<MimeInspector> _idle = [];

    /// <summary>Reads a message as the store does.</summary>
    /// <param name="octets">The content with its final CRLF.</param>
    public InspectionReport Inspect(ReadOnlySequence<byte> octets) => Inspect(octets, nullSender: false, utf8: false);

    /// <summary>A store that inspects each message and hands on what is clean.</summary>
    /// <param name="inner">The program's store.</param>
    public IMessageStore Store(IMessageStore inner) => new GuardedStore(this, options, inner);

    /// <summary>A filter that checks addresses and counts recipients before the program's own filter is asked.</summary>
    /// <param name="inner">The program's filter; null to take all other addresses.</param>
    public IMailboxFilter Filter(IMailboxFilter? inner = null) => new GuardedFilter(options, inner ?? MailboxFilter.Default);

    /// <summary>A listener with bounded lines and content, grouped replies and NoDelay.</summary>
    /// <param name="listener">Its bounds.</param>
    public IEndpointListenerFactory Listener(GuardedListenerOptions? listener = null) =>
        new GuardedListenerFactory(listener ?? new GuardedListenerOptions(), options.MaxMessageBytes);

    /// <summary>Reads a message. Bounces are judged by the rules' milder grade; UTF-8 in header fields is no finding where it was declared.</summary>
    internal InspectionReport Inspect(ReadOnlySequence<byte> octets, bool nullSender, bool utf8)
    {
        if (!_idle.TryTake(out MimeInspector? inspector))
        {
            inspector = new MimeInspector();
        }

        using MessageBytes content = MessageBytes.FromMemory(octets);
        InspectionReport report = inspector.Inspect(content, new InspectionContext { Policy = options.Policy, NullSender = nullSender, Utf8 = utf8 });
        _idle.Add(inspector);
        return report;
    }
}
