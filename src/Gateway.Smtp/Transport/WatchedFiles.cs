using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Smtp.Transport;

/// <summary>A value made from the content of files, and made anew when that content changes.</summary>
/// <remarks>
/// Promises: <see cref="Current"/> is always a value that was made without an error; content that cannot be used leaves the old one
/// in place and is told at once and once an hour. Content is compared, not file times: renewed certificates arrive through changed links to directories
/// (Kubernetes, certbot), where neither the file nor its link shows a new time, and file watchers see nothing.
/// Fails: the constructor throws what reading or making throws, unless it has a value for that.
/// Threads: any.
/// Cost: a few small files read in every period.
/// </remarks>
/// <typeparam name="T">An immutable value.</typeparam>
public sealed class WatchedFiles<T> : IDisposable
    where T : class
{
    /// <summary>How often the files are looked at.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    /// <summary>How often it is told that content cannot be used while it stays so.</summary>
    public static readonly TimeSpan Repeat = TimeSpan.FromHours(1);

    // A certificate chain has a few thousand octets, a users file of ten thousand users two million.
    private const int LargestFile = 16 * 1024 * 1024;

    private readonly IReadOnlyList<string> _paths;
    private readonly Func<IReadOnlyList<byte[]>, T> _make;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private byte[] _seen = [];
    private long _told;
    private volatile T? _current;
    private volatile Exception? _fault;

    /// <summary>Reads the files for the first time and begins to watch them.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="make">Makes the value from their contents, in the order of the paths; throws when it cannot.</param>
    /// <param name="time">The clock of the watch.</param>
    /// <param name="missing">The value while there never was content that could be used; null to throw instead.</param>
    public WatchedFiles(IReadOnlyList<string> paths, Func<IReadOnlyList<byte[]>, T> make, TimeProvider time, T? missing = null)
    {
        ArgumentNullException.ThrowIfNull(make);
        ArgumentNullException.ThrowIfNull(time);
        _paths = paths;
        _make = make;
        _time = time;
        if (Load(always: true) is Exception fault)
        {
            _current = missing;
            if (missing is null)
            {
                ExceptionDispatchInfo.Throw(fault);
            }
        }

        _timer = time.CreateTimer(static files => ((WatchedFiles<T>)files!).Look(), this, Period, Period);
    }

    /// <summary>Told of every new value (null) and of content that cannot be used (why); on a timer's thread or that of the caller of <see cref="Reload"/>.</summary>
    public Action<Exception?>? Changed { get; set; }

    /// <summary>The value of the newest content that could be used.</summary>
    public T Current => _current!;

    /// <summary>Why the newest content cannot be used; null when it is in use.</summary>
    public Exception? Fault => _fault;

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
            // Files that cannot be read have the empty digest, so that they too are told once a period of Repeat only.
            byte[] digest = [];
            Exception? fault = null;
            try
            {
                byte[][] contents = ReadAll(_paths);
                digest = Digest(contents);
                if (!always && digest.AsSpan().SequenceEqual(_seen))
                {
                    fault = _fault;
                }
                else
                {
                    _current = _make(contents);
                }
            }
            catch (Exception e) when (FileContent.IsFault(e))
            {
                fault = e;
            }

            bool isNews = always || !digest.AsSpan().SequenceEqual(_seen) || (fault is not null && _time.GetElapsedTime(_told) >= Repeat);
            _seen = digest;
            _fault = fault;
            if (isNews)
            {
                _told = _time.GetTimestamp();
                Changed?.Invoke(fault);
            }

            return fault;
        }
    }

    /// <summary>The contents of files.</summary>
    internal static byte[][] ReadAll(IReadOnlyList<string> paths) => [.. paths.Select(ReadOne)];

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
