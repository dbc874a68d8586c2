using System.Net.Security;

namespace Gateway.LoadGen.Net;

/// <summary>One TCP connection on an event loop: octets in, octets out, TLS between where it is wanted.</summary>
/// <remarks>
/// Threads: the loop's own. Cost: nothing is allocated while the peer takes what is sent; what it does not take at once is kept.
/// </remarks>
internal abstract class Connection(EventLoop loop)
{
    private readonly Queue<ReadOnlyMemory<byte>> _unsent = new();
    private int _descriptor = -1;
    private int _slot;
    private byte[] _carry = [];
    private int _carried;
    private bool _paused;
    private bool _connecting;
    private TlsLayer? _tls;
    private bool _securing;

    /// <summary>False before it is opened and after it is closed, whoever closed it.</summary>
    protected bool IsOpen => _descriptor >= 0;

    /// <summary>True once octets travel encrypted.</summary>
    protected bool IsSecured => _tls is not null;

    /// <summary>True while octets wait for the peer to take those before them.</summary>
    protected bool IsSending => _unsent.Count > 0;

    /// <summary>The loop.</summary>
    protected EventLoop Loop { get; } = loop;

    /// <summary>Takes over a connected socket, or one that is being connected.</summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="connecting">True while it is being connected.</param>
    /// <param name="hearsFirst">True when the peer speaks first: then its first octets say that the connection is there, and it is not woken up for that alone.</param>
    protected void Open(int descriptor, bool connecting, bool hearsFirst = false)
    {
        _descriptor = descriptor;
        _connecting = connecting;
        _carried = 0;
        _paused = false;
        _slot = Loop.Watch(descriptor, connecting && !hearsFirst ? Libc.Writable : Libc.Readable | Libc.PeerClosed, OnEvents);
    }

    /// <summary>Looks at what arrived and returns how many octets it is done with; the others are shown again with what follows them.</summary>
    protected abstract int OnReceived(ReadOnlySpan<byte> octets);

    /// <summary>The peer closed, or the connection broke, or it could not be made.</summary>
    protected abstract void OnClosed(string why);

    /// <summary>The connection is there.</summary>
    protected virtual void OnConnected()
    {
    }

    /// <summary>TLS is established, or is not.</summary>
    protected virtual void OnSecured(string? failure)
    {
    }

    /// <summary>Sends a copy.</summary>
    protected void Send(ReadOnlySpan<byte> octets, bool more = false)
    {
        if (_tls is not null)
        {
            _tls.Write(octets);
        }
        else
        {
            SendRaw(octets, more);
        }
    }

    /// <summary>Sends octets that do not change; what does not fit now is not copied.</summary>
    protected void SendShared(ReadOnlyMemory<byte> octets)
    {
        if (_tls is not null)
        {
            _tls.Write(octets.Span);
            return;
        }

        int sent = _unsent.Count == 0 ? SendNow(octets.Span, more: true) : 0;
        Keep(octets[sent..], sent);
    }

    /// <summary>Sends as it is, to the wire.</summary>
    public void SendRaw(ReadOnlySpan<byte> octets, bool more)
    {
        int sent = _unsent.Count == 0 ? SendNow(octets, more) : 0;
        if (IsOpen && sent < octets.Length)
        {
            Keep(octets[sent..].ToArray(), sent);
        }
    }

    /// <summary>Reads no more until <see cref="Resume"/>. What was received and not looked at is kept.</summary>
    protected void Pause()
    {
        _paused = true;
        Loop.Change(_slot, Interest());
    }

    /// <summary>Goes on reading, beginning with what was kept.</summary>
    protected void Resume()
    {
        _paused = false;
        Loop.Change(_slot, Interest());
        byte[] kept = _carry;
        int length = _carried;
        _carried = 0;
        _carry = [];
        Take(kept.AsSpan(0, length));
    }

    /// <summary>Closes without a word.</summary>
    protected void Close()
    {
        if (IsOpen)
        {
            if (!_securing)
            {
                Loop.Forget(_slot);
            }

            Libc.Close(_descriptor);
            _descriptor = -1;
            _unsent.Clear();
            _tls?.Dispose();
            _tls = null;
        }
    }

    /// <summary>Closes when the loop has ended.</summary>
    protected void CloseDetached()
    {
        if (IsOpen)
        {
            Libc.Close(_descriptor);
            _descriptor = -1;
        }
    }

    /// <summary>Begins TLS as a client or a server; <see cref="OnSecured"/> hears of the end.</summary>
    /// <remarks>The handshake blocks a thread of its own (a pool grows too slowly for a hundred at once), so that it does not hold up the loop that measures.</remarks>
    protected void Secure(SslClientAuthenticationOptions? client, SslServerAuthenticationOptions? server)
    {
        Loop.Unwatch(_slot);
        _securing = true;
        int descriptor = _descriptor;
        TlsLayer layer = new(this, descriptor);
        _ = Task.Factory.StartNew(
            () =>
            {
                string? failure = layer.Handshake(client, server);
                Loop.Post(() => Secured(layer, descriptor, failure));
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
    }

    /// <summary>Octets that TLS has deciphered.</summary>
    public void OnDeciphered(ReadOnlySpan<byte> octets) => Take(octets);

    /// <summary>The end of the enciphered stream.</summary>
    public void OnEnd(string why) => Broken(why);

    private void Secured(TlsLayer layer, int descriptor, string? failure)
    {
        _securing = false;
        if (_descriptor != descriptor)
        {
            return;
        }

        _tls = layer;
        _slot = Loop.Watch(descriptor, Libc.Readable | Libc.PeerClosed, OnEvents);
        OnSecured(failure);
        if (failure is null && IsOpen)
        {
            layer.Start();
        }
    }

    private void OnEvents(uint events)
    {
        if (_connecting)
        {
            _connecting = false;
            bool heard = (events & Libc.Readable) != 0 && (events & (Libc.Failed | Libc.HungUp)) == 0;
            int error = heard ? 0 : Libc.Outcome(_descriptor);
            if (error != 0)
            {
                Broken(Libc.Text(error));
                return;
            }

            if (!heard)
            {
                Loop.Change(_slot, Interest());
                OnConnected();
                return;
            }

            OnConnected();
        }

        if ((events & Libc.Writable) != 0)
        {
            Flush();
        }

        if (IsOpen && (events & (Libc.Readable | Libc.HungUp | Libc.Failed | Libc.PeerClosed)) != 0)
        {
            Receive(events);
        }
    }

    private void Receive(uint events)
    {
        if (_paused)
        {
            if ((events & (Libc.HungUp | Libc.Failed | Libc.PeerClosed)) != 0)
            {
                Broken("closed by the peer");
            }

            return;
        }

        byte[] inbox = Loop.Inbox;
        // With TLS what is kept is clear text and stays where it is.
        int kept = _tls is null ? _carried : 0;
        _carry.AsSpan(0, kept).CopyTo(inbox);
        int count = kept == inbox.Length ? 0 : Libc.Receive(_descriptor, inbox.AsSpan(kept));
        if (count == -Libc.TryAgain || count == -Libc.Interrupted)
        {
            return;
        }

        if (count <= 0)
        {
            Broken(count == 0 ? "closed by the peer" : Libc.Text(-count));
        }
        else if (_tls is not null)
        {
            _tls.Feed(inbox.AsSpan(0, count));
        }
        else
        {
            _carried = 0;
            Look(inbox.AsSpan(0, kept + count));
        }
    }

    private void Take(ReadOnlySpan<byte> fresh)
    {
        if (_carried == 0 && !_paused)
        {
            Look(fresh);
            return;
        }

        byte[] all = [.. _carry.AsSpan(0, _carried), .. fresh];
        _carried = 0;
        if (_paused)
        {
            Carry(all);
        }
        else
        {
            Look(all);
        }
    }

    private void Look(ReadOnlySpan<byte> octets)
    {
        if (octets.Length > 0)
        {
            int done = OnReceived(octets);
            if (IsOpen && done < octets.Length)
            {
                Carry(octets[done..]);
            }
        }
    }

    private void Carry(ReadOnlySpan<byte> octets)
    {
        if (_carry.Length < octets.Length)
        {
            _carry = new byte[Math.Max(256, octets.Length)];
        }

        octets.CopyTo(_carry);
        _carried = octets.Length;
    }

    private int SendNow(ReadOnlySpan<byte> octets, bool more)
    {
        int sent = 0;
        while (IsOpen && sent < octets.Length)
        {
            int count = Libc.Send(_descriptor, octets[sent..], more);
            if (count >= 0)
            {
                sent += count;
            }
            else if (count != -Libc.Interrupted)
            {
                // A broken connection is found by reading: the peer's last words may be there.
                return count == -Libc.TryAgain ? sent : octets.Length;
            }
        }

        return sent;
    }

    private void Keep(ReadOnlyMemory<byte> rest, int sent)
    {
        if (IsOpen && rest.Length > 0)
        {
            bool first = _unsent.Count == 0;
            _unsent.Enqueue(rest);
            if (first)
            {
                Loop.Change(_slot, Interest());
            }
        }
    }

    private void Flush()
    {
        while (_unsent.TryPeek(out ReadOnlyMemory<byte> next))
        {
            int sent = SendNow(next.Span, more: _unsent.Count > 1);
            _unsent.Dequeue();
            if (sent < next.Length)
            {
                // Put back in front of the others.
                ReadOnlyMemory<byte>[] others = [.. _unsent];
                _unsent.Clear();
                _unsent.Enqueue(next[sent..]);
                foreach (ReadOnlyMemory<byte> other in others)
                {
                    _unsent.Enqueue(other);
                }

                return;
            }
        }

        Loop.Change(_slot, Interest());
        OnSent();
    }

    /// <summary>All that was kept has been sent.</summary>
    protected virtual void OnSent()
    {
    }

    private uint Interest()
        => (_paused ? Libc.PeerClosed : Libc.Readable | Libc.PeerClosed) | (_unsent.Count > 0 ? Libc.Writable : 0);

    private void Broken(string why)
    {
        if (IsOpen)
        {
            Close();
            OnClosed(why);
        }
    }
}
