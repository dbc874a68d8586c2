using System.Buffers;
using System.Text;
using Gateway.Mime.Fields;
using MimeKit;

namespace Gateway.Mime.Rules.Header;

/// <summary>Fields that Exchange turns into properties of the stored message.</summary>
internal sealed class ExchangeFields : RuleFamily
{
    private static readonly SearchValues<byte> Base64Octets =
        SearchValues.Create("\t\n\r +/0123456789=ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    public override RuleMoments Moments => RuleMoments.Block;

    public override void Block(Inspection inspection, HeaderBlock block)
    {
        ReadOnlySpan<HeaderField> fields = block.Fields;
        foreach (int i in block.With(FieldTraits.OddName))
        {
            ref readonly HeaderField field = ref fields[i];
            if (field.Id != HeaderId.Unknown || field.Name.Length < 6)
            {
                continue;
            }

            if ((field.Name[0] | 0x20) == 'x' && Ascii.EqualsIgnoreCase(field.Name.AsSpan(0, 5), "X-MS-"u8))
            {
                inspection.Measure(RuleCode.ExchangePropertyHeader, field.Length, hard: false, field.Offset, field.Length, field.Line);
            }
            else if (field.Name.Length == 12 && Ascii.EqualsIgnoreCase(field.Name, "Thread-Index"u8))
            {
                inspection.Measure(RuleCode.ExchangePropertyHeader, field.Length, hard: false, field.Offset, field.Length, field.Line);
                if (field.Value.AsSpan().IndexOfAnyExcept(Base64Octets) >= 0)
                {
                    inspection.Report(RuleCode.ExchangePropertyHeader, RuleAction.Tag, field.Offset, field.Length, "Thread-Index is no base64", field.Line);
                }
            }
        }
    }
}
