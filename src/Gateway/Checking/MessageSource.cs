namespace Gateway.Checking;

/// <summary>Finds the messages that <c>gateway check PATH...</c> names: files, mbox files, folders with all below them, <c>-</c> for standard input.</summary>
/// <remarks>
/// Promises: folders are read in the order of their names, each one once however many links lead to it; one message is in memory at
/// a time, and more only as the caller keeps them. Fails: what cannot be read is a <see cref="SourceMessage"/> with a problem, and the
/// rest goes on. Threads: one enumerates; messages may be used by others.
/// </remarks>
/// <param name="paths">What to read, in this order.</param>
/// <param name="lineEndings">How line ends are understood.</param>
/// <param name="openInput">Opens standard input.</param>
internal sealed class MessageSource(IReadOnlyList<string> paths, LineEndings lineEndings, Func<Stream> openInput)
{
    /// <summary>Octets of the largest message that is read unless said otherwise: 256 MiB.</summary>
    public const int DefaultLargestMessage = 256 << 20;

    private const string StandardInput = "-";

    /// <summary>Octets of the largest message that is read; a larger one is a problem.</summary>
    public int LargestMessage { get; init; } = DefaultLargestMessage;

    /// <summary>All messages. The caller disposes each.</summary>
    public IEnumerable<SourceMessage> Read()
    {
        foreach (string path in paths)
        {
            IEnumerable<SourceMessage> messages = path == StandardInput ? ReadStream(path, openInput)
                : Directory.Exists(path) ? ReadFolder(path)
                : ReadFile(path);
            foreach (SourceMessage message in messages)
            {
                yield return message;
            }
        }
    }

    private IEnumerable<SourceMessage> ReadFolder(string path)
    {
        foreach (FolderEntry entry in FolderWalk.Entries(path))
        {
            IEnumerable<SourceMessage> messages = entry.Problem is not null ? [SourceMessage.Failed(entry.Path, 0, entry.Problem)]
                // A pipe or device has no length either, and opening one would wait for ever.
                : entry.Length == 0 ? [SourceMessage.Of(entry.Path, 0, SourceMessage.Rent(0), 0, lineEndings)]
                : ReadFile(entry.Path);
            foreach (SourceMessage message in messages)
            {
                yield return message;
            }
        }
    }

    private IEnumerable<SourceMessage> ReadFile(string path) =>
        ReadStream(path, () => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0));

    private IEnumerable<SourceMessage> ReadStream(string path, Func<Stream> open)
    {
        (MailFileReader? reader, Stream? stream, string? problem) = TryOpen(path, open);
        if (reader is null)
        {
            yield return SourceMessage.Failed(path, 0, problem!);
            yield break;
        }

        using (stream)
        using (reader)
        {
            while (reader.Next() is { } message)
            {
                yield return message;
            }
        }
    }

    private (MailFileReader? Reader, Stream? Stream, string? Problem) TryOpen(string path, Func<Stream> open)
    {
        try
        {
            Stream stream = open();
            return (new MailFileReader(stream, path, lineEndings, LargestMessage), stream, null);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            return (null, null, FileProblem.Of(path, problem));
        }
    }
}
