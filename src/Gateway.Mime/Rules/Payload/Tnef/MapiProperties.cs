using System.Buffers.Binary;
using MimeKit.Tnef;

namespace Gateway.Mime.Rules.Payload.Tnef;

/// <summary>Walks the MAPI properties in one TNEF attribute by their lengths, without making anything of their values.</summary>
/// <remarks>
/// MimeKit's own property reader trusts the value counts: one of two billion values without length costs it minutes. Here every
/// step consumes octets or fails.
/// Source: MS-OXTNEF 2.1.3.5, MS-OXCDATA 2.11.1.
/// </remarks>
internal sealed class MapiProperties
{
    private const int MultiValued = 0x1000;
    private const int FirstNamed = 0x8000;
    private const int AttachDataObject = 0x3701;
    private const int ObjectType = 0x000D;
    private const int RtfCompressed = 0x1009;
    private const int Binary = 0x0102;
    private const int InterfaceIdentifier = 16;

    private readonly byte[] _buffer = new byte[4096];
    private readonly TnefReader _reader;
    private long _left;

    public MapiProperties(TnefReader reader)
    {
        _reader = reader;
        _left = (long)reader.AttributeRawValueStreamOffset + reader.AttributeRawValueLength - reader.StreamOffset;
    }

    /// <summary>What is wrong with compressed RTF among the properties; null when nothing is.</summary>
    public string? RtfFlaw { get; private set; }

    /// <summary>Walks so many properties; returns what is wrong, or null.</summary>
    /// <param name="count">Properties announced.</param>
    /// <param name="embedded">Called with the TNEF stream of an embedded message and its length; returns what is wrong with it.</param>
    public string? Walk(int count, Func<TnefValueStream, string?> embedded)
    {
        for (int i = 0; i < count; i++)
        {
            if (!TryReadWord(out int tag))
            {
                return "properties run over their attribute";
            }

            int type = tag & 0xFFFF;
            int id = (int)((uint)tag >> 16);
            if (id >= FirstNamed && !TrySkipName())
            {
                return "a property name runs over its attribute";
            }

            if (!TryLengthOf(type & ~MultiValued, out int length))
            {
                // A type nobody here knows has no length to go on by; that much is harmless.
                return null;
            }

            string? flaw = null;
            bool fits = length >= 0 ? TrySkipFixed(length, (type & MultiValued) != 0) : TrySkipVariable(type, id, embedded, out flaw);
            if (!fits || flaw is not null)
            {
                return flaw ?? "a property value runs over its attribute";
            }
        }

        return null;
    }

    /// <summary>Reads a count, little-endian.</summary>
    public bool TryReadWord(out int word)
    {
        word = 0;
        if (!TryRead(4))
        {
            return false;
        }

        word = BinaryPrimitives.ReadInt32LittleEndian(_buffer);
        return true;
    }

    /// <summary>Octets of one value, padded to four; -1 when it carries its length.</summary>
    private static bool TryLengthOf(int type, out int length)
    {
        length = type switch
        {
            0x0000 or 0x0001 => 0,
            0x0002 or 0x0003 or 0x0004 or 0x000A or 0x000B => 4,
            0x0005 or 0x0006 or 0x0007 or 0x0014 or 0x0040 => 8,
            0x0048 => 16,
            ObjectType or 0x001E or 0x001F or 0x0102 => -1,
            _ => int.MinValue,
        };
        return length >= -1;
    }

    private bool TrySkipName()
    {
        // GUID and kind, then an identifier or a string with its length.
        return TrySkip(16) && TryReadWord(out int kind) && TryReadWord(out int value) && (kind == 0 || TrySkip(Padded(value)));
    }

    private bool TrySkipFixed(int length, bool multiValued)
    {
        // More values than octets are a trap even where values have no octets: a decoder loops over them.
        int count = 1;
        return (!multiValued || (TryReadWord(out count) && count >= 0 && count <= _left)) && TrySkip((long)length * count);
    }

    private bool TrySkipVariable(int type, int id, Func<TnefValueStream, string?> embedded, out string? flaw)
    {
        flaw = null;
        if (!TryReadWord(out int count) || count < 0)
        {
            return false;
        }

        for (int i = 0; i < count; i++)
        {
            if (!TryReadWord(out int length) || length < 0 || Padded(length) > _left)
            {
                return false;
            }

            if (id == AttachDataObject && type == ObjectType && length > InterfaceIdentifier)
            {
                long end = _left - Padded(length);
                if (!TrySkip(InterfaceIdentifier))
                {
                    return false;
                }

                using TnefValueStream value = new(_reader, length - InterfaceIdentifier);
                flaw = IsMessage() ? embedded(value) : null;
                _left -= value.Consumed;
                if (flaw is not null)
                {
                    return true;
                }

                // What the embedded reader left of the value, its padding included.
                if (!TrySkip(_left - end))
                {
                    return false;
                }
            }
            else if (id == RtfCompressed && type == Binary && length >= CompressedRtf.HeaderLength ? !TrySkipRtf(length) : !TrySkip(Padded(length)))
            {
                return false;
            }
        }

        return true;
    }

    private bool TrySkipRtf(int length)
    {
        if (!TryRead(CompressedRtf.HeaderLength))
        {
            return false;
        }

        CompressedRtf rtf = default;
        rtf.Start(_buffer.AsSpan(0, CompressedRtf.HeaderLength), length);
        for (int left = length - CompressedRtf.HeaderLength; left > 0;)
        {
            int chunk = Math.Min(left, _buffer.Length);
            if (!TryRead(chunk))
            {
                return false;
            }

            rtf.Add(_buffer.AsSpan(0, chunk));
            left -= chunk;
        }

        rtf.Finish();
        RtfFlaw ??= rtf.Flaw;
        return TrySkip(Padded(length) - length);
    }

    /// <summary>The interface identifier just skipped is IID_IMessage, {00020307-0000-0000-C000-000000000046}.</summary>
    private bool IsMessage()
    {
        ReadOnlySpan<byte> message = [0x07, 0x03, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0xC0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46];
        return message.SequenceEqual(_buffer.AsSpan(0, InterfaceIdentifier));
    }

    private static long Padded(int length) => length < 0 ? long.MaxValue : ((long)length + 3) & ~3L;

    private bool TrySkip(long octets)
    {
        if (octets > _left)
        {
            return false;
        }

        while (octets > 0)
        {
            int chunk = (int)Math.Min(octets, _buffer.Length);
            if (!TryRead(chunk))
            {
                return false;
            }

            octets -= chunk;
        }

        return true;
    }

    private bool TryRead(int octets)
    {
        if (octets > _left)
        {
            return false;
        }

        int done = 0;
        while (done < octets)
        {
            int read = _reader.ReadAttributeRawValue(_buffer, done, octets - done);
            if (read <= 0)
            {
                return false;
            }

            done += read;
        }

        _left -= octets;
        return true;
    }
}
