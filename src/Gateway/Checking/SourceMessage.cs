using System.Buffers;

namespace Gateway.Checking;

/// <summary>One message out of a file, an mbox, a folder or standard input; or why there is none.</summary>
/// <remarks>Promises: the octets are valid until it is disposed. Threads: may be read and disposed by another than the one that made it.</remarks>
internal sealed class SourceMessage : IDisposable
{
    // Larger arrays are not worth keeping: the pool would hold on to hundreds of megabytes for one odd message.
    private const int LargestPooled = 4 << 20;

    private byte[]? _bytes;
    private readonly int _length;

    private SourceMessage(string path, int index, byte[]? bytes, int length, string? problem)
    {
        Path = path;
        Index = index;
        _bytes = bytes;
        _length = length;
        Problem = problem;
    }

    /// <summary>The file as it was reached; <c>-</c> for standard input.</summary>
    public string Path { get; }

    /// <summary>The place of the message in its file, from 0.</summary>
    public int Index { get; }

    /// <summary>The line of the file that the message begins on, from 1.</summary>
    public int FirstLine { get; private init; } = 1;

    /// <summary>True for one message of several in a file: its octets are no simple distance from those of the file.</summary>
    public bool IsOneOfMany { get; private init; }

    /// <summary>True when the file has LF where the message has CRLF.</summary>
    public bool IsConverted { get; private init; }

    /// <summary>Why it could not be read; null when it could.</summary>
    public string? Problem { get; }

    /// <summary>The message; empty when there is a problem.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, _length);

    /// <summary>Why there is no message.</summary>
    public static SourceMessage Failed(string path, int index, string problem) => new(path, index, null, 0, problem);

    /// <summary>A message; takes over the array, which must come from <see cref="Rent"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="index">The place in it.</param>
    /// <param name="bytes">The array.</param>
    /// <param name="length">Octets of it that are the message.</param>
    /// <param name="lineEndings">How line ends are understood.</param>
    /// <param name="firstLine">The line it begins on when it is one of many; 0 when it is the whole file.</param>
    public static SourceMessage Of(string path, int index, byte[] bytes, int length, LineEndings lineEndings, int firstLine = 0)
    {
        ReadOnlySpan<byte> stored = bytes.AsSpan(0, length);
        if (lineEndings == LineEndings.Wire || !StoredForm.IsStored(stored))
        {
            return new SourceMessage(path, index, bytes, length, null) { FirstLine = Math.Max(1, firstLine), IsOneOfMany = firstLine > 0 };
        }

        byte[] wire = Rent(StoredForm.WireLength(stored));
        int written = StoredForm.ToWire(stored, wire);
        Return(bytes);
        return new SourceMessage(path, index, wire, written, null) { FirstLine = Math.Max(1, firstLine), IsOneOfMany = firstLine > 0, IsConverted = true };
    }

    /// <summary>An array of at least this length.</summary>
    public static byte[] Rent(int length) => length <= LargestPooled
        ? ArrayPool<byte>.Shared.Rent(length)
        : GC.AllocateUninitializedArray<byte>(length);

    /// <summary>Gives an array of <see cref="Rent"/> back.</summary>
    public static void Return(byte[] bytes)
    {
        if (bytes.Length <= LargestPooled)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Gives the octets back.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _bytes, null) is { } bytes)
        {
            Return(bytes);
        }
    }
}
