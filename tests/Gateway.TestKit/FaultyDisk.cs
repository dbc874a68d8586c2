using Gateway.Spool.Storage;
using Microsoft.Win32.SafeHandles;

namespace Gateway.TestKit;

/// <summary>What a fault does to the call it hits.</summary>
public enum DiskFault
{
    /// <summary>The call fails with EIO; a write leaves a part behind, a flush drops what it should have made durable.</summary>
    InputOutput,

    /// <summary>The call fails with ENOSPC; a write leaves a part behind.</summary>
    NoSpace,

    /// <summary>A write writes half of what was asked, without an error; other calls are not hit.</summary>
    ShortWrite,

    /// <summary>This call and all after it fail: the machine is off.</summary>
    PowerLoss,
}

/// <summary>
/// The real file system with a memory of what would survive a power loss: only what was flushed, with the name only if the
/// directory was flushed. Everything else is kept, torn by sectors or dropped by chance when the image is taken.
/// </summary>
public sealed class FaultyDisk : Disk
{
    private const int NoSpaceError = 28;
    private const int InputOutputError = 5;
    private const int Sector = 512;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, FileState> _names = [];
    private readonly Dictionary<string, Dictionary<string, FileState>> _durableNames = [];
    private readonly Dictionary<SafeFileHandle, FileState> _handles = [];
    private Func<int, DiskFault?> _plan = static _ => null;
    private Func<DiskFault?> _flushPlan = static () => null;
    private bool _isOff;

    /// <summary>Calls so far that a fault could have hit.</summary>
    public int Calls { get; private set; }

    /// <summary>Flushes of data that succeeded.</summary>
    public int Flushes { get; private set; }

    /// <summary>Set while FlushData is to wait.</summary>
    public ManualResetEventSlim FlushGate { get; } = new(initialState: true);

    /// <summary>Counts the calls of FlushData that came to the gate.</summary>
    public SemaphoreSlim FlushReached { get; } = new(0);

    /// <summary>Octets that are free.</summary>
    public long Free { get; set; } = long.MaxValue;

    /// <summary>The call that a fault hit last.</summary>
    public string? LastFaulted { get; private set; }

    /// <summary>Which fault hits the call of a number, counted from 1.</summary>
    public void Plan(Func<int, DiskFault?> plan)
    {
        lock (_gate)
        {
            Calls = 0;
            _plan = plan;
        }
    }

    /// <summary>Which fault hits the next flush.</summary>
    public void PlanFlush(Func<DiskFault?> plan) => _flushPlan = plan;

    /// <summary>Takes the files of a directory as durable: an earlier process left them.</summary>
    public void Adopt(string root)
    {
        lock (_gate)
        {
            foreach (string directory in Directory.GetDirectories(root, "*", SearchOption.AllDirectories).Append(root))
            {
                Dictionary<string, FileState> names = Directory.GetFiles(directory).ToDictionary(f => Path.GetFileName(f), f => new FileState(File.ReadAllBytes(f)));
                _durableNames[directory] = names;
                foreach ((string name, FileState file) in names)
                {
                    _names[Path.Combine(directory, name)] = file;
                }
            }
        }
    }

    /// <summary>Writes what a power loss now might leave into an empty directory.</summary>
    public void SurviveTo(string from, string to, int seed)
    {
        lock (_gate)
        {
            _isOff = true;
            Random random = new(seed);
            foreach ((string directory, Dictionary<string, FileState> durable) in _durableNames)
            {
                string target = Path.Combine(to, Path.GetRelativePath(from, directory));
                Directory.CreateDirectory(target);

                // A rename or unlink that was not flushed may have reached the disk or not.
                Dictionary<string, FileState> current = _names.Where(n => Path.GetDirectoryName(n.Key) == directory)
                    .ToDictionary(n => Path.GetFileName(n.Key), n => n.Value);
                Dictionary<string, FileState> names = random.Next(2) == 0 ? durable : current;
                foreach ((string name, FileState file) in names)
                {
                    File.WriteAllBytes(Path.Combine(target, name), file.Survivor(random));
                }
            }
        }
    }

    /// <inheritdoc/>
    public override SafeFileHandle Open(string path, bool create)
    {
        Hit("open");
        SafeFileHandle handle = PosixDisk.Instance.Open(path, create);
        lock (_gate)
        {
            if (!_names.TryGetValue(path, out FileState? file))
            {
                file = new FileState(create ? [] : File.ReadAllBytes(path));
                _names.Add(path, file);
            }

            _handles.Add(handle, file);
        }

        return handle;
    }

    /// <inheritdoc/>
    public override SafeFileHandle? TryLock(string path)
    {
        SafeFileHandle? handle = PosixDisk.Instance.TryLock(path);
        if (handle is not null)
        {
            lock (_gate)
            {
                _handles.Add(handle, new FileState([]));
            }
        }

        return handle;
    }

    /// <inheritdoc/>
    public override void Unlock(SafeFileHandle file) => PosixDisk.Instance.Unlock(file);

    /// <inheritdoc/>
    public override int Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        DiskFault? fault = Hit("write", orFail: false);
        int count = fault is null ? bytes.Length : bytes.Length / 2;
        if (count > 0)
        {
            int written = PosixDisk.Instance.Write(file, bytes[..count], offset);
            if (written != count)
            {
                throw new IOException("The real disk wrote less than it was asked to.");
            }

            lock (_gate)
            {
                _handles[file].Pending.Add((offset, bytes[..count].ToArray()));
            }
        }

        return fault is null ? count
            : fault == DiskFault.ShortWrite && count > 0 ? count
            : fault == DiskFault.ShortWrite ? PosixWrite(file, bytes, offset)
            : throw Failure(fault.Value, "write");
    }

    /// <inheritdoc/>
    public override int Read(SafeFileHandle file, Span<byte> bytes, long offset) => PosixDisk.Instance.Read(file, bytes, offset);

    /// <inheritdoc/>
    public override long Length(SafeFileHandle file) => PosixDisk.Instance.Length(file);

    /// <inheritdoc/>
    public override void FlushData(SafeFileHandle file)
    {
        FlushReached.Release();
        FlushGate.Wait();
        DiskFault? fault = _flushPlan() ?? Hit("fdatasync", orFail: false);
        lock (_gate)
        {
            FileState state = _handles[file];
            if (fault is null or DiskFault.ShortWrite)
            {
                Flushes++;
                state.MakeDurable();
                return;
            }

            // What Linux does: the pages count as clean from now on, whether they were written or not.
            state.Forget();
        }

        throw Failure(fault!.Value, "fdatasync");
    }

    /// <inheritdoc/>
    public override void FlushDirectory(string path)
    {
        Hit("fsync directory");
        lock (_gate)
        {
            _durableNames[path] = _names.Where(n => Path.GetDirectoryName(n.Key) == path).ToDictionary(n => Path.GetFileName(n.Key), n => n.Value);
        }
    }

    /// <inheritdoc/>
    public override void StartWriteback(SafeFileHandle file, long offset, long length)
    {
    }

    /// <inheritdoc/>
    public override void Rename(string from, string to)
    {
        Hit("rename");
        lock (_gate)
        {
            PosixDisk.Instance.Rename(from, to);
            if (_names.Remove(from, out FileState? file))
            {
                _names[to] = file;
            }
        }
    }

    /// <inheritdoc/>
    public override void Delete(string path)
    {
        Hit("unlink");
        lock (_gate)
        {
            PosixDisk.Instance.Delete(path);
            _names.Remove(path);
        }
    }

    /// <inheritdoc/>
    public override void CreateDirectory(string path) => PosixDisk.Instance.CreateDirectory(path);

    /// <inheritdoc/>
    public override IReadOnlyList<DiskFile> List(string directory) => PosixDisk.Instance.List(directory);

    /// <inheritdoc/>
    public override long FreeBytes(string directory) => Free;

    private static int PosixWrite(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset) => PosixDisk.Instance.Write(file, bytes, offset);

    private static DiskException Failure(DiskFault fault, string call)
        => new(call, "(injected)", fault == DiskFault.NoSpace ? NoSpaceError : InputOutputError);

    private DiskFault? Hit(string call, bool orFail = true)
    {
        lock (_gate)
        {
            DiskFault? fault = _isOff ? DiskFault.PowerLoss : _plan(++Calls);
            _isOff |= fault == DiskFault.PowerLoss;
            if (fault is null)
            {
                return null;
            }

            LastFaulted = call;
            return orFail && fault != DiskFault.ShortWrite ? throw Failure(fault.Value, call) : fault;
        }
    }

    private sealed class FileState(byte[] durable)
    {
        private byte[] _durable = durable;

        // Regions that a failed flush left undefined: on the disk they are as they were.
        public List<(long Offset, byte[] Bytes)> Pending { get; } = [];

        public void MakeDurable()
        {
            foreach ((long offset, byte[] bytes) in Pending)
            {
                _durable = Grow(_durable, offset + bytes.Length);
                bytes.CopyTo(_durable, offset);
            }

            Pending.Clear();
        }

        public void Forget() => Pending.Clear();

        public byte[] Survivor(Random random)
        {
            byte[] image = [.. _durable];
            foreach ((long offset, byte[] bytes) in Pending)
            {
                int fate = random.Next(3);
                for (long at = offset; fate > 0 && at < offset + bytes.Length;)
                {
                    // Sectors reach the disk whole, in any order.
                    long end = Math.Min(offset + bytes.Length, (at / Sector * Sector) + Sector);
                    if (fate == 1 || random.Next(2) == 0)
                    {
                        image = Grow(image, end);
                        bytes.AsSpan((int)(at - offset), (int)(end - at)).CopyTo(image.AsSpan((int)at));
                    }

                    at = end;
                }
            }

            return image;
        }

        private static byte[] Grow(byte[] bytes, long length)
        {
            if (bytes.Length < length)
            {
                Array.Resize(ref bytes, (int)length);
            }

            return bytes;
        }
    }
}
