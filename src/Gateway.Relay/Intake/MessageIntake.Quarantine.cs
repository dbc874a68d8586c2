using Gateway.Mime;
using Gateway.Relay.Message;
using Gateway.Relay.Quarantine.Room;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;

namespace Gateway.Relay.Intake;

/// <content>Whether a malformed message can be quarantined.</content>
internal sealed partial class MessageIntake
{
    /// <summary>Puts a malformed message off when the quarantine has no room for it; null when it has, and then the room is taken.</summary>
    private SmtpReply? PutOff(MessageId id, InspectionReport report, long ended)
    {
        QuarantineQuota room = shared.Quarantine.Room;
        QuarantineShortage shortage = shared.Quarantine.IsFull
            ? QuarantineShortage.Behind
            : room.TryTake(peer.Remote.Address, _buffer.Length, hasShare: !_profile.ExemptClients.Contains(peer.Remote.Address));
        if (shortage == QuarantineShortage.None)
        {
            if (_block is not null)
            {
                shared.Blocks.Count(_block);
            }

            return null;
        }

        // No line a message: a flood is what brings it here.
        _notes |= SessionNotes.QuarantineFull;
        room.Refused(shortage, peer.Remote.Address);
        shared.Metrics.MessageAnswered("failed", _buffer.Length, shared.Time.GetElapsedTime(ended));
        return RelayReplies.CannotHold(_block is null ? Verdicts.Worst(report).RuleName : Verdicts.BlockedRule, id);
    }
}
