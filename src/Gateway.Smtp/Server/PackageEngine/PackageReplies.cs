using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;

namespace Gateway.Smtp.Server.PackageEngine;

/// <summary>Takes what the package writes, a reply a flush, and hands its code on; what goes to the client is a reply of ours.</summary>
/// <remarks>Threads: its session's. Cost: one array a session.</remarks>
internal sealed class PackageReplies(PackageSession session) : PipeWriter
{
    private readonly ArrayBufferWriter<byte> _written = new(512);

    /// <inheritdoc/>
    public override void Advance(int bytes) => _written.Advance(bytes);

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0) => _written.GetMemory(sizeHint);

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) => _written.GetSpan(sizeHint);

    /// <inheritdoc/>
    public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        int code = Utf8Parser.TryParse(_written.WrittenSpan, out int read, out _) ? read : 0;
        bool isOutOfOrder = _written.WrittenSpan.IndexOf(" expected "u8) == 3;
        _written.Clear();
        await session.AnswerAsync(code, isOutOfOrder);
        return default;
    }

    /// <inheritdoc/>
    public override void CancelPendingFlush()
    {
        // Nobody waits here: the sweep knows the pipes of the connection.
    }

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        // The connection is closed by who opened it.
    }
}
