using System.Runtime.InteropServices;
using System.Text;
using Gateway.Mime.Fields;
using MimeKit;

namespace Gateway.Mime.Rules.Header.Reading;

/// <summary>Counts the fields of one name.</summary>
/// <remarks>
/// Cost: nothing for a block in which no name can be there too often, because too many others are; else one hash for each field. Names are counted exactly only
/// where so many fall together that one of them may be over the limit.
/// </remarks>
internal sealed class RepeatedFields
{
    private const int Buckets = 256;
    private const int Suspicious = 16;

    private readonly int[] _counts = new int[Buckets];

    /// <summary>Measures how often the most frequent name occurs.</summary>
    public void Look(Inspection inspection, HeaderBlock block)
    {
        ReadOnlySpan<HeaderField> fields = block.Fields;
        if (fields.Length - block.Hops - block.Kinds < Suspicious)
        {
            return;
        }

        Array.Clear(_counts);
        int most = 0;
        for (int i = 0; i < fields.Length; i++)
        {
            most = fields[i].Id == HeaderId.Received ? most : Math.Max(most, ++_counts[Bucket(fields[i].Name)]);
        }

        if (most > Suspicious)
        {
            Exactly(inspection, fields);
        }
    }

    private void Exactly(Inspection inspection, ReadOnlySpan<HeaderField> fields)
    {
        Dictionary<string, int> names = new(StringComparer.OrdinalIgnoreCase);
        (int count, int last) = (0, -1);
        for (int i = 0; i < fields.Length; i++)
        {
            ref readonly HeaderField field = ref fields[i];
            if (field.Id == HeaderId.Received || _counts[Bucket(field.Name)] <= Suspicious)
            {
                continue;
            }

            ref int counted = ref CollectionsMarshal.GetValueRefOrAddDefault(names, Encoding.Latin1.GetString(field.Name), out _);
            if (++counted > count)
            {
                (count, last) = (counted, i);
            }
        }

        if (last >= 0)
        {
            inspection.Measure(RuleCode.XHeadersFlood, count, hard: false, fields[last].Offset, fields[last].Length, fields[last].Line);
        }
    }

    /// <summary>Length and a few letters, without case: enough to keep the names of honest mail apart.</summary>
    private static int Bucket(byte[] name)
    {
        if (name.Length == 0)
        {
            return 0;
        }

        int hash = (name.Length * 31) + (name[0] | 0x20);
        hash = (hash * 31) + (name[^1] | 0x20);
        return ((hash * 31) + (name[name.Length / 2] | 0x20)) & (Buckets - 1);
    }
}
