using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using SmtpServer.Protocol;

namespace Gateway.SmtpServerGuard.Wire;

/// <summary>Keeps the replies to commands that came together, and writes them together before the next wait for the client (RFC 2920 section 3.2).</summary>
/// <remarks>
/// Promises: a reply that was set replaces the next one of the package; behind <see cref="EndWith"/> nothing more is said.
/// Threads: one session, one call at a time.
/// </remarks>
/// <param name="inner">The way to the client.</param>
internal sealed class ReplyGroup(PipeWriter inner) : PipeWriter
{
    private readonly ArrayBufferWriter<byte> _reply = new();
    private SmtpResponse? _replacement;
    private bool _over;

    /// <summary>True from the reply 354 until the next one: what comes is content.</summary>
    public bool AwaitsContent { get; private set; }

    /// <summary>True while a line or a message of the client has no reply.</summary>
    public bool Owes { get; set; }

    /// <summary>The content was read: the next line is a command again.</summary>
    public void EndContent()
    {
        AwaitsContent = false;
        Owes = true;
    }

    /// <summary>Says what the package left unsaid. It never asks for more without a reply but for a store that threw a reply.</summary>
    public void SettleDebt()
    {
        if (Owes && !_over)
        {
            Owes = false;
            Write("451 4.3.0 Local error, try again later\r\n"u8);
        }
    }

    /// <summary>Says something else than what the package will say next.</summary>
    public void Replace(SmtpResponse reply) => _replacement = reply;

    /// <summary>Says a last word; what the package says behind it is dropped.</summary>
    public void EndWith(string reply)
    {
        if (!_over)
        {
            _over = true;
            Owes = false;
            Write(Encoding.ASCII.GetBytes(reply + "\r\n"));
        }
    }

    /// <summary>Writes the group to the client.</summary>
    public ValueTask<FlushResult> FlushGroupAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public override void Advance(int bytes) => _reply.Advance(bytes);

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0) => _reply.GetMemory(sizeHint);

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) => _reply.GetSpan(sizeHint);

    /// <inheritdoc/>
    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    /// <summary>Takes a reply of the package into the group.</summary>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (_reply.WrittenCount > 0 && !_over)
        {
            ReadOnlySpan<byte> reply = _replacement is { } other
                ? Encoding.ASCII.GetBytes($"{(int)other.ReplyCode} {other.Message}\r\n")
                : WithoutCount(_reply.WrittenSpan);
            AwaitsContent = reply.StartsWith("354 "u8);
            Owes = false;
            Write(reply);
        }

        _replacement = null;
        _reply.ResetWrittenCount();
        return default;
    }

    /// <summary>Cuts off how many more errors the package will bear.</summary>
    private static ReadOnlySpan<byte> WithoutCount(ReadOnlySpan<byte> reply)
    {
        if (!reply.EndsWith(" retry(ies) remaining.\r\n"u8))
        {
            return reply;
        }

        byte[] text = [.. reply[..reply.LastIndexOf(", "u8)], .. "\r\n"u8];
        return text;
    }

    private void Write(ReadOnlySpan<byte> reply)
    {
        reply.CopyTo(inner.GetSpan(reply.Length));
        inner.Advance(reply.Length);
    }
}
