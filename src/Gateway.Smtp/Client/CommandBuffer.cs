using System.Buffers.Text;
using System.Text;

namespace Gateway.Smtp.Client;

/// <summary>Formats commands one behind the other into a borrowed buffer.</summary>
/// <remarks>A command that does not fit leaves the buffer as it was: <see cref="TryEnd"/> says so.</remarks>
internal ref struct CommandBuffer(Span<byte> buffer)
{
    private readonly Span<byte> _buffer = buffer;
    private int _written;
    private bool _overflow;

    /// <summary>The octets of all complete commands.</summary>
    public int Length { get; private set; }

    public void Append(ReadOnlySpan<byte> octets)
    {
        _overflow |= !octets.TryCopyTo(_buffer[_written..]);
        _written += _overflow ? 0 : octets.Length;
    }

    public void Append(ReadOnlySpan<char> text)
    {
        _overflow |= !Encoding.UTF8.TryGetBytes(text, _buffer[_written..], out int count);
        _written += _overflow ? 0 : count;
    }

    public void Append(long number)
    {
        _overflow |= !Utf8Formatter.TryFormat(number, _buffer[_written..], out int count);
        _written += _overflow ? 0 : count;
    }

    /// <summary>Ends the command with CRLF; false when it did not fit, and then it is not there at all.</summary>
    public bool TryEnd()
    {
        Append("\r\n"u8);
        bool fits = !_overflow;
        _written = Length = fits ? _written : Length;
        _overflow = false;
        return fits;
    }
}
