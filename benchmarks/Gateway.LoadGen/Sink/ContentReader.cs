using System.IO.Hashing;
using Gateway.LoadGen.Account;
using Gateway.LoadGen.Mail;

namespace Gateway.LoadGen.Sink;

/// <summary>Reads one message while it arrives: finds its first line, undoes dot-stuffing, hashes the content between the marks.</summary>
/// <remarks>
/// What relays have put in front of the first line is skipped; everything from it on counts. Nothing of a message is kept but its last octets,
/// where the end mark is. Cost: two vectorised searches and one hash over the octets. Threads: one.
/// </remarks>
/// <param name="bodyOnly">Only what stands behind the first empty line counts: relays may change the header.</param>
internal sealed class ContentReader(bool bodyOnly = false)
{
    private const int MostTrace = 64 * 1024;
    private const int HeldBack = 64;

    private readonly XxHash3 _hash = new();
    private readonly byte[] _held = new byte[HeldBack];
    private int _heldOctets;
    private bool _foundId;
    private bool _isForeign;
    private bool _isIntact;
    private bool _atLineStart;
    private bool _inBody;
    private int _ofBlankLine;
    private LoadId _id;
    private long _octets;

    private static ReadOnlySpan<byte> DotAtLineStart => "\r\n."u8;

    private static ReadOnlySpan<byte> BlankLine => "\r\n\r\n"u8;

    /// <summary>Gets ready for the next message.</summary>
    public void Reset()
    {
        _hash.Reset();
        _heldOctets = 0;
        _octets = 0;
        _foundId = _isForeign = false;
        _isIntact = true;
        _atLineStart = true;
        _inBody = !bodyOnly;
        // The header begins as if behind a line end.
        _ofBlankLine = 2;
    }

    /// <summary>Reads content that DATA carries; returns the octets that are done with. The others have to be shown again with what follows.</summary>
    public int ReadData(ReadOnlySpan<byte> octets, out bool ended)
    {
        ended = false;
        int at = 0;
        if (!_foundId && !_isForeign)
        {
            int head = Head(octets, isWhole: false);
            if (head < 0 && IsWhole(octets))
            {
                head = Head(octets, isWhole: true);
            }

            if (head < 0)
            {
                return 0;
            }

            at = head;
        }

        while (true)
        {
            if (_atLineStart)
            {
                if (at == octets.Length)
                {
                    return at;
                }

                if (octets[at] == '.')
                {
                    if (octets.Length - at < 3)
                    {
                        return at;
                    }

                    if (octets[at + 1] == '\r' && octets[at + 2] == '\n')
                    {
                        ended = true;
                        return at + 3;
                    }

                    at++;
                }

                _atLineStart = false;
            }

            ReadOnlySpan<byte> rest = octets[at..];
            int dot = rest.IndexOf(DotAtLineStart);
            if (dot < 0)
            {
                int open = rest.EndsWith("\r\n"u8) ? 2 : rest.EndsWith("\r"u8) ? 1 : 0;
                Append(rest[..^open]);
                return octets.Length - open;
            }

            Append(rest[..(dot + 2)]);
            at += dot + 2;
            _atLineStart = true;
        }
    }

    /// <summary>Reads content that BDAT carries; the octets are those of the chunk only.</summary>
    public int ReadChunk(ReadOnlySpan<byte> octets, bool isEnd)
    {
        int head = 0;
        if (!_foundId && !_isForeign)
        {
            head = Head(octets, isEnd);
            if (head < 0)
            {
                return 0;
            }
        }

        Append(octets[head..]);
        return octets.Length;
    }

    /// <summary>The end: what it was, or null when it was not sent by this program.</summary>
    public Arrival? Finish()
    {
        if (!_foundId)
        {
            return null;
        }

        int marks = _id.Frame switch { Frame.Text => LoadId.EndMarkOctets, Frame.Multipart => LoadId.EndMarkOctets + LoadId.Closing.Length, _ => 0 };
        ReadOnlySpan<byte> held = _held.AsSpan(0, _heldOctets);
        if (marks > 0)
        {
            Span<byte> expected = stackalloc byte[HeldBack];
            _id.WriteEndMark(expected);
            LoadId.Closing.CopyTo(expected[LoadId.EndMarkOctets..]);
            _isIntact &= held.EndsWith(expected[..marks]);
            marks = Math.Min(marks, held.Length);
        }

        _hash.Append(held[..^marks]);
        return new Arrival(_id, _hash.GetCurrentHashAsUInt64(), _octets, _isIntact);
    }

    // Whether the end of data is among these octets already: then there is nothing to wait for.
    private static bool IsWhole(ReadOnlySpan<byte> octets) => octets.StartsWith(".\r\n"u8) || octets.IndexOf("\r\n.\r\n"u8) >= 0;

    // Behind the marks of the head; -1 while they are not all there.
    private int Head(ReadOnlySpan<byte> octets, bool isWhole)
    {
        int from = 0;
        while (true)
        {
            int at = octets[from..].IndexOf(LoadId.Name);
            if (at < 0)
            {
                break;
            }

            at += from;
            from = at + 1;
            if (at > 0 && octets[at - 1] != '\n')
            {
                continue;
            }

            ReadOnlySpan<byte> rest = octets[at..];
            int needed = LoadId.LineOctets + LoadId.MessageIdOctets;
            if (rest.Length < needed && !isWhole)
            {
                return -1;
            }

            if (!LoadId.TryRead(rest, out _id))
            {
                break;
            }

            _foundId = true;
            int head = LoadId.LineOctets;
            if (_id.Frame != Frame.Bare)
            {
                Span<byte> expected = stackalloc byte[LoadId.MessageIdOctets];
                _id.WriteMessageId(expected);
                if (rest[head..].StartsWith(expected))
                {
                    head += LoadId.MessageIdOctets;
                }
                else
                {
                    _isIntact = bodyOnly;
                }
            }

            _octets = bodyOnly ? 0 : head;
            _atLineStart = true;
            return at + head;
        }

        if (!isWhole && octets.Length < MostTrace)
        {
            return -1;
        }

        _isForeign = true;
        return 0;
    }

    // What of it is body; nothing while the header lasts. The empty line may come in pieces.
    private ReadOnlySpan<byte> BehindHeader(ReadOnlySpan<byte> octets)
    {
        while (_ofBlankLine > 0 && octets.Length > 0)
        {
            if (octets[0] != BlankLine[_ofBlankLine])
            {
                _ofBlankLine = 0;
                break;
            }

            octets = octets[1..];
            if (++_ofBlankLine == BlankLine.Length)
            {
                _inBody = true;
                return octets;
            }
        }

        int at = octets.IndexOf(BlankLine);
        if (at >= 0)
        {
            _inBody = true;
            return octets[(at + BlankLine.Length)..];
        }

        for (int length = Math.Min(3, octets.Length); length > 0 && _ofBlankLine == 0; length--)
        {
            _ofBlankLine = octets.EndsWith(BlankLine[..length]) ? length : 0;
        }

        return [];
    }

    private void Append(ReadOnlySpan<byte> octets)
    {
        if (_isForeign)
        {
            return;
        }

        if (!_inBody)
        {
            octets = BehindHeader(octets);
        }

        _octets += octets.Length;
        if (octets.Length >= HeldBack)
        {
            _hash.Append(_held.AsSpan(0, _heldOctets));
            _hash.Append(octets[..^HeldBack]);
            octets[^HeldBack..].CopyTo(_held);
            _heldOctets = HeldBack;
            return;
        }

        int leaving = Math.Max(0, _heldOctets + octets.Length - HeldBack);
        _hash.Append(_held.AsSpan(0, leaving));
        _held.AsSpan(leaving, _heldOctets - leaving).CopyTo(_held);
        octets.CopyTo(_held.AsSpan(_heldOctets - leaving));
        _heldOctets += octets.Length - leaving;
    }
}
