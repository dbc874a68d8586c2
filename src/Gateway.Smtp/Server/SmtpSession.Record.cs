using System.Buffers;

namespace Gateway.Smtp.Server;

/// <content>What is written down of the conversation, in case it ends badly or its mail is held.</content>
internal sealed partial class SmtpSession
{
    private readonly SessionRecorder _record = peer.Recorder = new SessionRecorder(time);

    private void RecordCommand(in ReadOnlySequence<byte> line)
    {
        long length = _skipped + line.Length;
        if (length > Limits.CommandLineBytes)
        {
            // Of a line that was skipped in part, the rest may be the end of a secret whose begin nobody has seen.
            _record.Overlong(length);
        }
        else
        {
            _record.Command(line, IsAuthenticating);
        }
    }

    /// <summary>The first line of what came before the greeting.</summary>
    private void RecordEarlyTalk(in ReadOnlySequence<byte> octets)
    {
        ReadOnlySequence<byte> start = octets.Slice(0, Math.Min(octets.Length, SessionRecorder.LongestText));
        _record.Note("before the greeting:");
        _record.Command(start.PositionOf((byte)'\n') is SequencePosition lf ? start.Slice(0, start.GetPosition(1, lf)) : start, secret: false);
    }
}
