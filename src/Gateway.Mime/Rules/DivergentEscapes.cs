using Gateway.Mime.Fields;
using Gateway.Mime.Structure;

namespace Gateway.Mime.Rules;

/// <summary>Escapes in quoted-printable that decoders read differently: <c>==41</c> has five readings among thirteen parsers.</summary>
/// <remarks>
/// Reported as <c>parser-disagreement</c>. A run of equals signs up to the end of a line passes: people underline headings so, and
/// honest mail has it. Cost: one vectorised search from equals sign to equals sign. One finding for each part: the first.
/// </remarks>
internal sealed class DivergentEscapes : RuleFamily
{
    private State _state;
    private long _start;

    private enum State
    {
        Inactive,
        Text,

        /// <summary>Behind an equals sign.</summary>
        Equals,

        /// <summary>Behind an equals sign and one digit.</summary>
        Digit,

        /// <summary>Behind an equals sign and blanks: padding of a soft line break, or nothing known.</summary>
        Blanks,

        /// <summary>Behind two equals signs or more.</summary>
        Run,
    }

    public override RuleMoments Moments => RuleMoments.PartBegin | RuleMoments.Content | RuleMoments.PartEnd;

    public override void PartBegin(Inspection inspection, PartNode part)
    {
        _state = part is { Kind: PartKind.Leaf, Encoding: BodyEncoding.QuotedPrintable } ? State.Text : State.Inactive;
        _start = -1;
    }

    public override void Content(Inspection inspection, PartNode leaf, ReadOnlySpan<byte> octets, long offset)
    {
        int at = 0;
        while (_state != State.Inactive && at < octets.Length)
        {
            if (_state != State.Text)
            {
                Step(inspection, octets[at++]);
                continue;
            }

            int next = octets[at..].IndexOf((byte)'=');
            if (next < 0)
            {
                return;
            }

            _start = offset + at + next;
            _state = State.Equals;
            at += next + 1;
        }
    }

    public override void PartEnd(Inspection inspection, PartNode part, long end)
    {
        // The line end before the delimiter is none of the body's, so an equals sign before it breaks no line.
        if (_state is State.Equals or State.Digit || (_state == State.Text && _start == end - 1))
        {
            Found(inspection, "an escape that is cut off by the end of the part");
        }

        _state = State.Inactive;
    }

    private void Step(Inspection inspection, byte octet)
    {
        bool lineEnd = octet is (byte)'\r' or (byte)'\n';
        bool blank = octet is (byte)' ' or (byte)'\t';
        bool digit = char.IsAsciiHexDigit((char)octet);
        switch (_state)
        {
            case State.Equals when digit:
                _state = State.Digit;
                break;
            case State.Equals when octet == (byte)'=':
                _state = State.Run;
                break;
            case State.Equals or State.Blanks or State.Run when blank:
                _state = State.Blanks;
                break;
            case State.Digit when digit:
            case State.Equals or State.Blanks or State.Run when lineEnd:
                _state = State.Text;
                break;
            case State.Run when octet == (byte)'=':
                break;
            default:
                Found(inspection, "an equals sign without two hexadecimal digits or a line end behind it");
                break;
        }
    }

    private void Found(Inspection inspection, string detail)
    {
        _state = State.Inactive;
        inspection.Report(RuleCode.ParserDisagreement, RuleAction.Quarantine, _start, 3, detail);
    }
}
