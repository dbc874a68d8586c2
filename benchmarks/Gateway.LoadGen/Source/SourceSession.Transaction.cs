using System.Buffers.Text;
using System.Diagnostics;
using System.Text;
using Gateway.LoadGen.Account;
using Gateway.LoadGen.Mail;

namespace Gateway.LoadGen.Source;

/// <summary>The transaction: commands, content, and what the target answers.</summary>
internal sealed partial class SourceSession
{
    private const int CopiedAtMost = 32 * 1024;
    private const int TextKept = 200;

    private bool _mailTaken;
    private int _answered;
    private int _taken;
    private int _failure;
    private string _failureText = string.Empty;

    private bool IsFailed => _failure != 0;

    private void OnLine(ReadOnlySpan<byte> line)
    {
        if (line.Length < 4 || !Utf8Parser.TryParse(line[..3], out int code, out int digits) || digits != 3)
        {
            Close();
            OnClosed($"not a reply: {Text(line)}");
            return;
        }

        if (_step == Step.Hello)
        {
            Note(line[4..]);
        }

        if (line[3] != '-')
        {
            OnReply(code, line);
        }
    }

    private void Note(ReadOnlySpan<byte> extension)
    {
        _offersPipelining |= extension.StartsWith("PIPELINING"u8);
        _offersChunking |= extension.StartsWith("CHUNKING"u8);
        _offersSize |= extension.StartsWith("SIZE"u8);
    }

    private void OnReply(int code, ReadOnlySpan<byte> line)
    {
        bool good = code is >= 200 and < 300;
        switch (_step)
        {
            case Step.Greeting when good:
                Hello();
                break;
            case Step.Hello when good && Plan.Source.Tls == TlsMode.StartTls && !IsSecured:
                _step = Step.StartTls;
                Send("STARTTLS\r\n"u8);
                break;
            case Step.Hello when good && Plan.Source.Bdat && !_offersChunking:
                Refuse(502, "the target does not offer CHUNKING");
                break;
            case Step.Hello when good:
                _step = Step.Idle;
                WriteMail();
                break;
            case Step.StartTls when good:
                _step = Step.Securing;
                Secure(ClientOptions(), server: null);
                break;
            case Step.Greeting or Step.Hello or Step.StartTls:
                Refuse(code, Text(line));
                break;
            case Step.Mail:
                OnMail(good, code, line);
                break;
            case Step.Recipient:
                OnRecipient(good, code, line);
                break;
            case Step.Data:
                OnData(code, line);
                break;
            case Step.Content:
                OnContent(good, code, line);
                break;
            case Step.Reset:
                Settled();
                break;
            case Step.Quit:
                Close();
                Ended();
                break;
            default:
                // 421 to a session that waits.
                Close();
                _step = Step.Closed;
                break;
        }
    }

    private void OnMail(bool good, int code, ReadOnlySpan<byte> line)
    {
        _mailTaken = good;
        if (!good)
        {
            NoteFailure(code, line);
        }

        _step = Step.Recipient;
        if (!Pipelined)
        {
            if (good)
            {
                Send(lane.Words.Recipients[0]);
            }
            else
            {
                GiveUp(reset: false);
            }
        }
    }

    private void OnRecipient(bool good, int code, ReadOnlySpan<byte> line)
    {
        _answered++;
        if (good)
        {
            _taken++;
        }
        else if (_mailTaken)
        {
            Plan.Meter.CountRefusal(code, _id.IsHostile, Text(line));
        }

        if (_answered < Plan.Source.Recipients)
        {
            if (!Pipelined)
            {
                Send(lane.Words.Recipients[_answered]);
            }

            return;
        }

        if (_taken == 0 && !IsFailed)
        {
            // Counted above, recipient by recipient.
            _failure = code;
            _failureText = string.Empty;
        }

        if (Pipelined)
        {
            _step = Plan.Source.Bdat ? Step.Content : Step.Data;
        }
        else if (IsFailed)
        {
            GiveUp(reset: true);
        }
        else if (Plan.Source.Bdat)
        {
            _step = Step.Content;
            WriteContent(0);
        }
        else
        {
            _step = Step.Data;
            Send("DATA\r\n"u8);
        }
    }

    private void OnData(int code, ReadOnlySpan<byte> line)
    {
        if (code != 354)
        {
            NoteFailure(code, line);
            GiveUp(reset: _mailTaken);
            return;
        }

        _step = Step.Content;
        if (IsFailed)
        {
            // RFC 2920, 3.1: a server may say 354 though no recipient was taken; nothing is what it then gets.
            Send(".\r\n"u8);
        }
        else
        {
            WriteContent(0);
        }
    }

    private void OnContent(bool good, int code, ReadOnlySpan<byte> line)
    {
        if (IsFailed || !good)
        {
            NoteFailure(code, line);
            GiveUp(reset: false);
            return;
        }

        Settle(Settlement.Accepted, _taken);
        Settled();
    }

    private void NoteFailure(int code, ReadOnlySpan<byte> line)
    {
        if (!IsFailed)
        {
            _failure = code;
            _failureText = Text(line);
        }
    }

    private void GiveUp(bool reset)
    {
        if (_failureText.Length > 0)
        {
            Plan.Meter.CountRefusal(_failure, _id.IsHostile, _failureText);
        }

        Settle(Settlement.Refused, 0);
        if (IsSending || _failure == 421)
        {
            Close();
            _step = Step.Closed;
            lane.OnIdle(this);
        }
        else if (reset)
        {
            _step = Step.Reset;
            Send("RSET\r\n"u8);
        }
        else
        {
            Settled();
        }
    }

    // Refused before there was a transaction.
    private void Refuse(int code, string text)
    {
        Close();
        _step = Step.Closed;
        Fail(code, text, pause: true);
    }

    private void WriteMail()
    {
        _step = Step.Mail;
        _mailTaken = false;
        _answered = _taken = _failure = 0;
        byte[] outbox = Loop.Outbox;
        int at = Put(lane.Words.Mail, outbox, 0);
        if (_offersSize)
        {
            at = Put(" SIZE="u8, outbox, at);
            Utf8Formatter.TryFormat(_message!.Octets, outbox.AsSpan(at), out int digits);
            at += digits;
        }

        at = Put("\r\n"u8, outbox, at);
        _mailWritten = Stopwatch.GetTimestamp();
        if (!Pipelined)
        {
            Send(outbox.AsSpan(0, at));
            return;
        }

        ReadOnlySpan<byte> recipients = lane.Words.AllRecipients;
        if (recipients.Length > CopiedAtMost)
        {
            Send(outbox.AsSpan(0, at), more: true);
            Send(recipients, more: true);
            at = 0;
        }
        else
        {
            at = Put(recipients, outbox, at);
        }

        if (Plan.Source.Bdat)
        {
            WriteContent(at);
        }
        else
        {
            at = Put("DATA\r\n"u8, outbox, at);
            Send(outbox.AsSpan(0, at));
        }
    }

    // Behind the octets that are in the outbox already.
    private void WriteContent(int at)
    {
        MessageTemplate message = _message!;
        byte[] outbox = Loop.Outbox;
        bool bdat = Plan.Source.Bdat;
        if (bdat)
        {
            at = Put("BDAT "u8, outbox, at);
            Utf8Formatter.TryFormat(message.Octets, outbox.AsSpan(at), out int digits);
            at = Put(" LAST\r\n"u8, outbox, at + digits);
        }

        at += message.WriteHead(_id, outbox.AsSpan(at));
        ReadOnlyMemory<byte> content = bdat ? message.Content : message.Stuffed;
        if (content.Length <= CopiedAtMost)
        {
            at = Put(content.Span, outbox, at);
        }
        else
        {
            Send(outbox.AsSpan(0, at), more: true);
            SendShared(content);
            at = 0;
        }

        at += message.WriteEnd(_id, outbox.AsSpan(at));
        at = bdat ? at : Put(".\r\n"u8, outbox, at);
        if (at > 0)
        {
            Send(outbox.AsSpan(0, at));
        }
    }

    private static int Put(ReadOnlySpan<byte> octets, byte[] outbox, int at)
    {
        octets.CopyTo(outbox.AsSpan(at));
        return at + octets.Length;
    }

    private static string Text(ReadOnlySpan<byte> line) => Encoding.Latin1.GetString(line[..Math.Min(TextKept, line.Length)]).TrimEnd();
}
