using System.Net.Sockets;
using System.Text;

namespace Gateway.TestKit;

/// <summary>Buffered reading from a socket: lines and raw octets. End of connection and reset both read as the end.</summary>
internal sealed class WireInput(Socket socket)
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    /// <summary>What is read instead of the socket once the connection is encrypted.</summary>
    public Stream? Secured { get; set; }

    /// <summary>Octets that were received and not yet read.</summary>
    public ReadOnlySpan<byte> Buffered => _buffer.AsSpan(_start, _end - _start);

    /// <summary>True when octets wait in the buffer or in the socket.</summary>
    public bool HasMore => _end > _start || socket.Available > 0;

    /// <summary>Marks buffered octets as read.</summary>
    public void Advance(int count) => _start += count;

    /// <summary>Receives more octets behind the buffered ones; false at the end of the connection or when the buffer is full.</summary>
    public async Task<bool> FillAsync(CancellationToken ct, int atMost = int.MaxValue)
    {
        if (_start > 0)
        {
            Buffered.CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        try
        {
            Memory<byte> free = _buffer.AsMemory(_end, Math.Min(_buffer.Length - _end, atMost));
            int count = free.IsEmpty ? 0 : Secured is null ? await socket.ReceiveAsync(free, ct) : await Secured.ReadAsync(free, ct);
            _end += count;
            return count > 0;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            return false;
        }
    }

    /// <summary>Reads a line that ends in CRLF, one character per octet, CRLF off; null at the end of the connection.</summary>
    public async Task<string?> ReadLineAsync(CancellationToken ct)
    {
        int seen = 0;
        while (true)
        {
            int at = Buffered[seen..].IndexOf("\r\n"u8);
            if (at >= 0)
            {
                string line = Encoding.Latin1.GetString(Buffered[..(seen + at)]);
                Advance(seen + at + 2);
                return line;
            }

            seen = Math.Max(0, Buffered.Length - 1);
            if (!await FillAsync(ct))
            {
                return null;
            }
        }
    }
}
