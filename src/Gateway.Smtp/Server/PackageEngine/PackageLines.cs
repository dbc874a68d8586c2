using System.Buffers;
using System.IO.Pipelines;

namespace Gateway.Smtp.Server.PackageEngine;

/// <summary>What the package reads: one whole command line at a time, in one piece, or a placeholder for the content of a message.</summary>
/// <remarks>
/// Lines are bounded and free of what no command may hold before the package sees them. Threads: its session's; one read at a time.
/// </remarks>
internal sealed class PackageLines(PackageSession session) : PipeReader
{
    private ReadOnlySequence<byte> _line;

    /// <inheritdoc/>
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (_line.IsEmpty)
        {
            _line = new ReadOnlySequence<byte>(await session.NextAsync());
        }

        return new ReadResult(_line, isCanceled: false, isCompleted: _line.IsEmpty);
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => _line = _line.Slice(consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => AdvanceTo(consumed);

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        result = new ReadResult(_line, isCanceled: false, isCompleted: false);
        return !_line.IsEmpty;
    }

    /// <inheritdoc/>
    public override void CancelPendingRead()
    {
        // Nobody waits here: the sweep knows the pipes of the connection.
    }

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        // The connection is closed by who opened it.
    }
}
