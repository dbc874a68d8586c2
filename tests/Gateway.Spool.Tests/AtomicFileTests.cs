using System.Text;
using Gateway.Spool.Storage;
using Gateway.TestKit;

namespace Gateway.Spool.Tests;

/// <summary>A file is replaced whole, whatever fails and whenever the power goes.</summary>
public class AtomicFileTests
{
    private static readonly byte[] s_old = Encoding.ASCII.GetBytes("old");
    private static readonly byte[] s_new = Encoding.ASCII.GetBytes(new string('n', 3000));

    // Unlink, open, write, fdatasync, rename, fsync of the directory, and one call more than there are.
    private const int Calls = 7;

    public static TheoryData<DiskFault, int> Faults()
    {
        TheoryData<DiskFault, int> rows = [];
        foreach (DiskFault fault in Enum.GetValues<DiskFault>())
        {
            for (int call = 1; call <= Calls; call++)
            {
                rows.Add(fault, call);
            }
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public void Replace_WithAFaultInOneCall_LeavesTheOldFileOrTheNew(DiskFault fault, int call)
    {
        using TemporaryDirectory home = new();
        using TemporaryDirectory image = new();
        string path = home["file"];
        File.WriteAllBytes(path, s_old);
        FaultyDisk disk = new();
        disk.Adopt(home.Path);
        disk.Plan(at => at == call ? fault : null);
        bool isDone = true;
        try
        {
            AtomicFile.Replace(path, s_new, disk: disk);
        }
        catch (DiskException)
        {
            isDone = false;
        }

        byte[] now = File.ReadAllBytes(path);
        disk.SurviveTo(home.Path, image.Path, seed: call);
        byte[] later = File.ReadAllBytes(image["file"]);
        Assert.True(isDone ? now.SequenceEqual(s_new) && later.SequenceEqual(s_new) : IsOneOfBoth(now) && IsOneOfBoth(later), $"{fault} in call {call}: {now.Length}, {later.Length}");
        Assert.True(fault == DiskFault.PowerLoss || !File.Exists(home["file.new"]));
    }

    [Fact]
    public void Replace_OfAFile_KeepsItsMode_AndANewOneIsItsOwners()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes.");
        using TemporaryDirectory home = new();
        AtomicFile.Replace(home["new"], s_new);
        File.WriteAllBytes(home["file"], s_old);
        const UnixFileMode Given = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(home["file"], Given);
            AtomicFile.Replace(home["file"], s_new);
            Assert.Equal((UnixFileMode.UserRead | UnixFileMode.UserWrite, Given), (File.GetUnixFileMode(home["new"]), File.GetUnixFileMode(home["file"])));
        }
    }

    [Fact]
    public void Replace_BesideWhatACrashLeft_Works()
    {
        using TemporaryDirectory home = new();
        File.WriteAllBytes(home["file.new"], s_old);
        string? prepared = null;
        AtomicFile.Replace(home["file"], s_new, path => prepared = path);
        Assert.Equal(s_new, File.ReadAllBytes(home["file"]));
        Assert.Equal((home["file.new"], false), (prepared, File.Exists(home["file.new"])));
    }

    private static bool IsOneOfBoth(byte[] content) => content.SequenceEqual(s_old) || content.SequenceEqual(s_new);
}
