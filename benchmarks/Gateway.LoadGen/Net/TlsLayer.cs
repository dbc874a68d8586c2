using System.Net.Security;
using System.Security.Authentication;
using System.Threading.Tasks.Sources;

namespace Gateway.LoadGen.Net;

/// <summary>TLS on one connection of a loop: .NET's SslStream over octets that the loop receives and sends.</summary>
/// <remarks>
/// Threads: the handshake on a thread of the pool, which may block on the socket; afterwards the loop's own: a read that waits is
/// completed by <see cref="Feed"/>, and SslStream goes on within that call.
/// </remarks>
internal sealed class TlsLayer : Stream, IValueTaskSource<int>
{
    private const int PlainOctets = 32 * 1024;
    private const int PatienceMilliseconds = 30_000;

    private readonly Connection _connection;
    private readonly int _descriptor;
    private readonly SslStream _secured;
    private readonly byte[] _plain = new byte[PlainOctets];
    private ManualResetValueTaskSourceCore<int> _waiting;
    private Memory<byte> _wanted;
    private bool _isWaiting;
    private byte[] _ciphered = [];
    private int _first;
    private int _end;
    private bool _handshaking = true;
    private bool _over;

    public TlsLayer(Connection connection, int descriptor)
    {
        _connection = connection;
        _descriptor = descriptor;
        _secured = new SslStream(this, leaveInnerStreamOpen: true);
    }

    /// <summary>Shakes hands; the failure, or null.</summary>
    public string? Handshake(SslClientAuthenticationOptions? client, SslServerAuthenticationOptions? server)
    {
        try
        {
            if (client is not null)
            {
                _secured.AuthenticateAsClient(client);
            }
            else
            {
                _secured.AuthenticateAsServer(server!);
            }

            _handshaking = false;
            return null;
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            return e.InnerException?.Message ?? e.Message;
        }
    }

    /// <summary>Begins to read.</summary>
    public void Start()
    {
        bool goesOn = true;
        while (goesOn && !_over)
        {
            // The awaiter is used once, here or in the continuation: no async method, whose continuations might leave the loop's thread.
#pragma warning disable CA2012
            System.Runtime.CompilerServices.ValueTaskAwaiter<int> reading = _secured.ReadAsync(_plain, CancellationToken.None).GetAwaiter();
#pragma warning restore CA2012
            if (!reading.IsCompleted)
            {
                reading.UnsafeOnCompleted(() =>
                {
                    if (Deliver(reading))
                    {
                        Start();
                    }
                });
                return;
            }

            goesOn = Deliver(reading);
        }
    }

    /// <summary>Enciphers and sends.</summary>
    public void Write(ReadOnlyMemory<byte> octets) => Encipher(octets.Span);

    /// <inheritdoc cref="Write(ReadOnlyMemory{byte})"/>
    public new void Write(ReadOnlySpan<byte> octets) => Encipher(octets);

    /// <summary>Takes octets from the wire.</summary>
    public void Feed(ReadOnlySpan<byte> octets)
    {
        if (_isWaiting)
        {
            _isWaiting = false;
            int count = Math.Min(octets.Length, _wanted.Length);
            octets[..count].CopyTo(_wanted.Span);
            Store(octets[count..]);
            _waiting.SetResult(count);
        }
        else
        {
            Store(octets);
        }
    }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_end > _first || buffer.IsEmpty || _over)
        {
            return ValueTask.FromResult(Stored(buffer.Span));
        }

        _waiting.Reset();
        _wanted = buffer;
        _isWaiting = true;
        return new ValueTask<int>(this, _waiting.Version);
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        while (true)
        {
            int count = Libc.Receive(_descriptor, buffer);
            if (count >= 0)
            {
                return count;
            }

            if (count != -Libc.Interrupted && (count != -Libc.TryAgain || !Libc.Poll(_descriptor, write: false, PatienceMilliseconds)))
            {
                throw new IOException(Libc.Text(-count));
            }
        }
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        if (!_handshaking)
        {
            _connection.SendRaw(buffer.AsSpan(offset, count), more: false);
            return;
        }

        int sent = 0;
        while (sent < count)
        {
            int now = Libc.Send(_descriptor, buffer.AsSpan(offset + sent, count - sent), more: false);
            if (now >= 0)
            {
                sent += now;
            }
            else if (now != -Libc.Interrupted && (now != -Libc.TryAgain || !Libc.Poll(_descriptor, write: true, PatienceMilliseconds)))
            {
                throw new IOException(Libc.Text(-now));
            }
        }
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        byte[] octets = buffer.ToArray();
        Write(octets, 0, octets.Length);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    int IValueTaskSource<int>.GetResult(short token) => _waiting.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _waiting.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _waiting.OnCompleted(continuation, state, token, flags);

    protected override void Dispose(bool disposing)
    {
        // The stream that waits is left alone: it belongs to nobody any more.
        _over = true;
        base.Dispose(disposing);
    }

    private void Encipher(ReadOnlySpan<byte> octets)
    {
        try
        {
            _secured.Write(octets);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            End(e.Message);
        }
    }

    private bool Deliver(System.Runtime.CompilerServices.ValueTaskAwaiter<int> reading)
    {
        int count;
        try
        {
            count = reading.GetResult();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            End(e.Message);
            return false;
        }

        if (count == 0)
        {
            End("closed by the peer");
            return false;
        }

        if (!_over)
        {
            _connection.OnDeciphered(_plain.AsSpan(0, count));
        }

        return !_over;
    }

    private void End(string why)
    {
        if (!_over)
        {
            _over = true;
            _connection.OnEnd(why);
        }
    }

    private void Store(ReadOnlySpan<byte> octets)
    {
        if (octets.IsEmpty)
        {
            return;
        }

        if (_ciphered.Length - _end < octets.Length)
        {
            byte[] larger = new byte[Math.Max(32 * 1024, (_end - _first + octets.Length) * 2)];
            _ciphered.AsSpan(_first, _end - _first).CopyTo(larger);
            (_ciphered, _end, _first) = (larger, _end - _first, 0);
        }

        octets.CopyTo(_ciphered.AsSpan(_end));
        _end += octets.Length;
    }

    private int Stored(Span<byte> buffer)
    {
        int count = Math.Min(_end - _first, buffer.Length);
        _ciphered.AsSpan(_first, count).CopyTo(buffer);
        _first += count;
        if (_first == _end)
        {
            _first = _end = 0;
        }

        return count;
    }
}
