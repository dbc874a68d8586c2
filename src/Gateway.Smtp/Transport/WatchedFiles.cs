using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Smtp.Transport;

/// <summary>A value made from the content of files, and made anew when that content changes.</summary>
/// <remarks>
/// Promises: <see cref="Current"/> is always a value that was made without an error; content that cannot be used leaves the old one
/// in place and is told once. Content is compared, not file times: renewed certificates arrive through changed links to directories
/// (Kubernetes, certbot), where neither the file nor its link shows a new time, and file watchers see nothing.
/// Fails: the constructor throws what reading or making throws.
/// Threads: any.
/// Cost: a few small files read in every period.
/// </remarks>
/// <typeparam name="T">An immutable value.</typeparam>
public sealed class WatchedFiles<T> : IDisposable
    where T : class
{
    /// <summary>How often the files are looked at.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    // A certificate chain has a few thousand octets, a users file of ten thousand users two million.
    private const int LargestFile = 16 * 1024 * 1024;

    private readonly IReadOnlyList<string> _paths;
    private readonly Func<IReadOnlyList<byte[]>, T> _make;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private byte[] _seen;
    private volatile T _current;

    /// <summary>Reads the files for the first time and begins to watch them.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="make">Makes the value from their contents, in the order of the paths; throws when it cannot.</param>
    /// <param name="time">The clock of the watch.</param>
    public WatchedFiles(IReadOnlyList<string> paths, Func<IReadOnlyList<byte[]>, T> make, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(make);
        ArgumentNullException.ThrowIfNull(time);
        _paths = paths;
        _make = make;
        byte[][] contents = ReadAll();
        _current = make(contents);
        _seen = Digest(contents);
        _timer = time.CreateTimer(static files => ((WatchedFiles<T>)files!).Look(), this, Period, Period);
    }

    /// <summary>Told of every new value (null) and of content that cannot be used (why); on a timer's thread or that of the caller of <see cref="Reload"/>.</summary>
    public Action<Exception?>? Changed { get; set; }

    /// <summary>The value of the newest content that could be used.</summary>
    public T Current => _current;

    /// <summary>Makes the value anew whether the content changed or not.</summary>
    /// <returns>Null, or why the old value stays.</returns>
    public Exception? Reload() => Load(always: true);

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Look() => Load(always: false);

    private Exception? Load(bool always)
    {
        lock (_gate)
        {
            byte[] digest = [];
            Exception? fault = null;
            try
            {
                byte[][] contents = ReadAll();
                digest = Digest(contents);
                if (!always && digest.AsSpan().SequenceEqual(_seen))
                {
                    return null;
                }

                _current = _make(contents);
            }
            catch (Exception e) when (IsOfContent(e))
            {
                fault = e;
            }

            // Files that cannot be read have the empty digest, so that they too are told once only.
            bool news = always || !digest.AsSpan().SequenceEqual(_seen);
            _seen = digest;
            if (news)
            {
                Changed?.Invoke(fault);
            }

            return fault;
        }
    }

    /// <summary>What reading files and making sense of them may throw.</summary>
    internal static bool IsOfContent(Exception e) =>
        e is IOException or UnauthorizedAccessException or CryptographicException or FormatException or ArgumentException or NotSupportedException;

    private byte[][] ReadAll() => [.. _paths.Select(ReadOne)];

    private static byte[] ReadOne(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path);
        long length = RandomAccess.GetLength(file);
        if (length > LargestFile)
        {
            throw new IOException($"'{path}' is larger than 16 MB; this cannot be the right file.");
        }

        byte[] content = new byte[length];
        int at = 0;
        while (at < content.Length && RandomAccess.Read(file, content.AsSpan(at), at) is > 0 and int count)
        {
            at += count;
        }

        return at == content.Length ? content : content[..at];
    }

    private static byte[] Digest(byte[][] contents)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (byte[] content in contents)
        {
            hash.AppendData(BitConverter.GetBytes(content.Length));
            hash.AppendData(content);
        }

        return hash.GetHashAndReset();
    }
}
