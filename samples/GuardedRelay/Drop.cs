using System.Buffers;
using SmtpServer;
using SmtpServer.Protocol;
using SmtpServer.Storage;

namespace GuardedRelay;

/// <summary>Stores each message as a file.</summary>
internal sealed class Drop(string folder) : MessageStore
{
    public override async Task<SmtpResponse> SaveAsync(
        ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        await File.WriteAllBytesAsync(Path.Combine(folder, $"{Guid.CreateVersion7():n}.eml"), buffer.ToArray(), cancellationToken);
        return SmtpResponse.Ok;
    }
}
