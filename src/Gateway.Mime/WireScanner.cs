using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.Intrinsics;
using Gateway.Mime.Wire;

namespace Gateway.Mime;

/// <summary>One vectorised pass over the octets of a message as they arrive: what a MIME parser must be protected by.</summary>
/// <remarks>
/// Promises: the facts are the same for every split of the octets; a message that passes a hard bound is known at once.
/// Threads: one at a time; reuse with <see cref="Reset"/>.
/// Cost: O(n), 32 octets a step while lines end in CRLF; octet by octet only around what is irregular.
/// </remarks>
public sealed class WireScanner
{
    /// <summary>The longest line that RFC 5322 2.1.1 allows, without its end.</summary>
    public const int LongestAllowedLine = 998;

    private readonly InspectionLimits _limits;
    private HeaderScan _header;
    private WireFacts _facts = new();
    private long _offset;
    private long _lineStart;
    private int _line = 1;

    // The last eight octets before the current position, the latest in the low byte.
    private ulong _history;

    // Octets still to be read one by one, because a lone dot behind an irregular line end may follow.
    private int _watch;

    /// <summary>Makes a scanner with the default hard bounds.</summary>
    public WireScanner()
        : this(InspectionLimits.Default)
    {
    }

    /// <summary>Makes a scanner with other hard bounds.</summary>
    public WireScanner(InspectionLimits limits)
    {
        _limits = limits;
        _header = new HeaderScan(limits);
    }

    /// <summary>True as soon as a hard bound is passed: header block, field, field count or line.</summary>
    public bool OverHardLimit => _header.OverHardLimit || LineOverHardLimit;

    /// <summary>True as soon as a line is over its hard bound.</summary>
    public bool LineOverHardLimit => _offset - _lineStart > _limits.LineBytes + 1 || _facts.LongestLine.Length > _limits.LineBytes;

    /// <summary>Reads the next octets of the message.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (!_header.Ended && !_header.OverHardLimit)
        {
            _header.Feed(bytes, _offset, _facts);
        }

        int at = 0;
        ulong carry = (byte)_history == (byte)'\r' ? 1u : 0;
        while (bytes.Length - at >= Vector256<byte>.Count)
        {
            Vector256<byte> block = Vector256.Create(bytes.Slice(at, Vector256<byte>.Count));
            uint cr = Vector256.Equals(block, Vector256.Create((byte)'\r')).ExtractMostSignificantBits();
            uint lf = Vector256.Equals(block, Vector256.Create((byte)'\n')).ExtractMostSignificantBits();
            uint nul = Vector256.Equals(block, Vector256<byte>.Zero).ExtractMostSignificantBits();
            uint high = block.ExtractMostSignificantBits();
            if (lf != ((cr << 1) | (uint)carry) || nul != 0 || _watch > 0)
            {
                StepAll(bytes, at, Vector256<byte>.Count);
            }
            else
            {
                if (high != 0 && _facts.FirstEightBit < 0)
                {
                    _facts.FirstEightBit = _offset + at + BitOperations.TrailingZeroCount(high);
                }

                if (lf != 0)
                {
                    EndLines(_offset + at, lf);
                }
            }

            carry = cr >> 31;
            at += Vector256<byte>.Count;
        }

        StepAll(bytes, at, bytes.Length - at);
        if (at == bytes.Length && at > 0)
        {
            // The last block may have been regular: bring the history up to date.
            _history = BinaryPrimitives.ReadUInt64BigEndian(bytes[^8..]);
        }

        _offset += bytes.Length;
    }

    /// <summary>The message is over: returns its facts. Call <see cref="Reset"/> before the next message.</summary>
    public WireFacts Complete()
    {
        WireFacts facts = _facts;
        if ((byte)_history == (byte)'\r')
        {
            BareCr(_offset - 1, _history >> 8);
        }

        _header.Complete(_offset, facts);
        if (_offset > _lineStart)
        {
            EndLine(_offset, (byte)_history == (byte)'\r' ? 1 : 0);
        }

        facts.Length = _offset;
        facts.Lines = _line - 1;
        facts.EndsWithCrlf = _offset >= 2 && (ushort)_history == 0x0D0A;
        facts.OverHardLimit = OverHardLimit;
        return facts;
    }

    /// <summary>Forgets the message read so far.</summary>
    public void Reset()
    {
        _facts = new WireFacts();
        _header = new HeaderScan(_limits);
        _offset = 0;
        _lineStart = 0;
        _line = 1;
        _history = 0;
        _watch = 0;
    }

    private void EndLines(long block, uint lf)
    {
        // Only the first line that ends in a block can be long; the others lie inside it. They matter for the longest line of a
        // message of very short lines only.
        EndLine(block + BitOperations.TrailingZeroCount(lf), 1);
        lf &= lf - 1;
        if (lf == 0)
        {
            return;
        }

        if (_facts.LongestLine.Length < Vector256<byte>.Count)
        {
            for (; lf != 0; lf &= lf - 1)
            {
                EndLine(block + BitOperations.TrailingZeroCount(lf), 1);
            }
        }
        else
        {
            _line += BitOperations.PopCount(lf);
            _lineStart = block + 32 - BitOperations.LeadingZeroCount(lf);
        }
    }

    /// <summary>A line ends at the LF at <paramref name="feed"/>; <paramref name="end"/> octets before it belong to the line end.</summary>
    private void EndLine(long feed, int end)
    {
        long length = feed - end - _lineStart;
        if (length > _facts.LongestLine.Length)
        {
            _facts.LongestLine = new WireSpot(_lineStart, length, _line);
        }

        if (length > LongestAllowedLine)
        {
            _facts.OverlongLines.Add(new WireSpot(_lineStart, length, _line));
        }

        _lineStart = feed + 1;
        _line++;
    }

    private void StepAll(ReadOnlySpan<byte> bytes, int start, int count)
    {
        if (count == 0)
        {
            return;
        }

        ulong history = start >= 8 ? BinaryPrimitives.ReadUInt64BigEndian(bytes[(start - 8)..]) : _history;
        for (int i = start; i < start + count; i++)
        {
            byte octet = bytes[i];
            long at = _offset + i;
            _watch = Math.Max(0, _watch - 1);
            if ((byte)history == (byte)'\r' && octet != (byte)'\n' && at > 0)
            {
                BareCr(at - 1, history >> 8);
            }

            if (octet == (byte)'\n')
            {
                LineFeed(at, history);
            }
            else if (octet == 0)
            {
                bool header = !_header.Ended || at < _facts.HeaderEnd;
                (header ? _facts.NulInHeader : _facts.NulInBody).Add(new WireSpot(at, 1, _line));
                _watch = 4;
            }
            else if (octet >= 0x80 && _facts.FirstEightBit < 0)
            {
                _facts.FirstEightBit = at;
            }

            history = (history << 8) | octet;
        }

        _history = history;
    }

    private void BareCr(long at, ulong before)
    {
        _facts.BareCr.Add(new WireSpot(at, 1, _line));
        _watch = 4;
        if ((byte)before == (byte)'.' && (byte)(before >> 8) is (byte)'\n' or (byte)'\r')
        {
            _facts.NonstandardEndOfData.Add(new WireSpot(at - 1, 2, _line));
        }
        else
        {
            DotBesideNul(at, before, isCrlf: false);
        }
    }

    /// <summary>An LF at <paramref name="at"/>; <paramref name="before"/> are the octets before it.</summary>
    private void LineFeed(long at, ulong before)
    {
        bool regular = (byte)before == (byte)'\r';
        byte h1 = (byte)(before >> 8);
        byte h2 = (byte)(before >> 16);
        byte h3 = (byte)(before >> 24);
        if (!regular)
        {
            _facts.BareLf.Add(new WireSpot(at, 1, _line));
            _watch = 4;
            if ((byte)before == (byte)'.' && (at == 1 || h1 is (byte)'\n' or (byte)'\r'))
            {
                _facts.NonstandardEndOfData.Add(new WireSpot(at - 1, 2, _line));
            }
            else
            {
                DotBesideNul(at, before, isCrlf: false);
            }
        }
        else if (h1 == (byte)'.' && at >= 3 && (h2 == (byte)'\r' || (h2 == (byte)'\n' && h3 != (byte)'\r')))
        {
            _facts.NonstandardEndOfData.Add(new WireSpot(at - 2, 3, _line));
        }
        else
        {
            DotBesideNul(at, before, isCrlf: regular);
        }

        EndLine(at, regular ? 1 : 0);
    }

    /// <summary>The CR or LF at <paramref name="at"/> may end a line that is a lone dot for whoever drops NUL.</summary>
    private void DotBesideNul(long at, ulong before, bool isCrlf)
    {
        if (_facts.NulInHeader.Count + _facts.NulInBody.Count > 0 && LoneDot.BesideNul(before, at, isCrlf) is int back and > 0)
        {
            _facts.NonstandardEndOfData.Add(new WireSpot(at - back, back + 1, _line));
        }
    }
}
