using System.Buffers;
using System.Text;
using Gateway.Mime.Fields;
using Gateway.Mime.Rules.Payload.Calendar;
using Gateway.Mime.Structure;

namespace Gateway.Mime.Rules.Payload;

/// <summary>Calendar objects that break their form: Exchange reads them in transport.</summary>
internal sealed class CalendarBody : RuleFamily
{
    private readonly CalendarReader _reader = new();
    private bool _active;

    public override RuleMoments Moments => RuleMoments.PartBegin | RuleMoments.PartEnd;

    public override void PartBegin(Inspection inspection, PartNode part) => _active = part.Kind == PartKind.Leaf && IsCalendar(inspection.Header);

    public override void PartEnd(Inspection inspection, PartNode part, long end)
    {
        if (!_active || part.Kind != PartKind.Leaf)
        {
            return;
        }

        _active = false;
        _reader.Begin();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            using PartBody body = new(inspection.Content, part, end);
            for (int read = body.Decoded.Read(buffer, 0, buffer.Length); read > 0; read = body.Decoded.Read(buffer, 0, buffer.Length))
            {
                _reader.Read(buffer.AsSpan(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        _reader.End();
        if (_reader.Damage is { } damage)
        {
            inspection.Report(RuleCode.MalformedIcalendar, RuleAction.Quarantine, part.BodyBegin, end - part.BodyBegin, damage);
        }
        else if (_reader.Oddity is { } oddity)
        {
            inspection.Report(RuleCode.MalformedIcalendar, RuleAction.Allow, part.BodyBegin, end - part.BodyBegin, oddity);
        }
    }

    private static bool IsCalendar(HeaderBlock block)
    {
        MimeField? type = block.ContentType;
        if (type is not null && ((type.IsType("text"u8) && type.IsSubtype("calendar"u8)) || (type.IsType("application"u8) && type.IsSubtype("ics"u8))))
        {
            return true;
        }

        return EndsInIcs(block.Disposition, "filename"u8) || EndsInIcs(type, "name"u8);
    }

    private static bool EndsInIcs(MimeField? field, ReadOnlySpan<byte> name)
    {
        int at = field?.Find(name) ?? -1;
        return at >= 0 && field!.RawValueOf(field.Parameters[at]) is { Length: > 4 } value && Ascii.EqualsIgnoreCase(value[^4..], ".ics"u8);
    }
}
