using System.Buffers;
using Gateway.Mime;
using Gateway.Relay.Blocks;
using Gateway.Relay.Message;
using Gateway.Smtp.Protocol;

namespace Gateway.Relay.Intake;

/// <content>What an administrator has stopped.</content>
internal sealed partial class MessageIntake
{
    /// <summary>The block by which the message under way goes to the quarantine; null for none.</summary>
    private Block? _block;

    /// <summary>The refusal of a connection whose client is blocked; null lets it in.</summary>
    private SmtpReply? RefusedClient()
    {
        SmtpReply? reply = Refusal(shared.Blocks.OfClient(peer.Remote.Address), RelayReplies.BlockedClient, RelayReplies.DeferredClient);
        if (reply is not null)
        {
            _report.RejectedCommand("CONNECT", reply, string.Empty, string.Empty);
        }

        return reply;
    }

    /// <summary>The refusal of a transaction whose client or sender is blocked; the client may be so since the greeting.</summary>
    private SmtpReply? RefusedSender()
    {
        _block = null;
        SmtpReply? reply = Refusal(shared.Blocks.OfClient(peer.Remote.Address)) ?? Refusal(shared.Blocks.OfSender(_sender.Address));
        if (reply is not null)
        {
            _report.RejectedCommand("MAIL", reply, _sender.Address, peer.Protocol(_parameters.SmtpUtf8));
        }

        return reply;
    }

    /// <summary>The refusal of a message whose content is blocked.</summary>
    private SmtpReply? RefusedContent(MessageBytes content, WireFacts wire, InspectionReport report) =>
        Refusal(shared.Blocks.OfFingerprint(() => Verdicts.Fingerprint(report))) ?? Refusal(OfHeader(content, wire));

    private SmtpReply RejectBlocked(MessageId id, InspectionReport report, SmtpReply reply, long ended)
    {
        shared.Metrics.MessageAnswered(reply.Code < 500 ? "failed" : "rejected", _buffer.Length, shared.Time.GetElapsedTime(ended));
        _report.Rejected(Message(id), reply, report, Verdicts.BlockedRule, 0, string.Empty);
        return reply;
    }

    private Block? OfHeader(MessageBytes content, WireFacts wire)
    {
        byte[]? header = null;
        int length = 0;
        try
        {
            return shared.Blocks.OfHeader((field, text) =>
            {
                if (header is null)
                {
                    length = (int)Math.Min(wire.HeaderEnd, InspectionLimits.Default.HeaderBlockBytes);
                    header = ArrayPool<byte>.Shared.Rent(length);
                    length = content.Read(0, header.AsSpan(0, length));
                }

                return HeaderSearch.Contains(header.AsSpan(0, length), field, text);
            });
        }
        finally
        {
            if (header is not null)
            {
                ArrayPool<byte>.Shared.Return(header);
            }
        }
    }

    /// <summary>What a block says to the client; null when there is none, or when it is to quarantine, which is noted for the end of data.</summary>
    private SmtpReply? Refusal(Block? block, Func<string, SmtpReply>? reject = null, Func<string, SmtpReply>? defer = null)
    {
        if (block is null)
        {
            return null;
        }

        if (block.Action != BlockAction.Quarantine)
        {
            shared.Blocks.Count(block);
            return block.Action == BlockAction.Reject ? (reject ?? RelayReplies.Blocked)(block.Id) : (defer ?? RelayReplies.Deferred)(block.Id);
        }

        _block ??= block;
        return null;
    }
}
