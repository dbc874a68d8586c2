using System.Buffers;
using System.Text;
using System.Text.Json;
using Gateway.TestKit;
using Xunit;

namespace Gateway.SmtpServerGuard.Tests;

public class FolderOfHeldMailTests
{
    private static readonly byte[] Octets = Encoding.ASCII.GetBytes("no header field at all\r\n");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task HeldMail_IsTwoFiles_WithOctetsAndFindings()
    {
        using TemporaryDirectory folder = new();
        FolderOfHeldMail held = new(folder["held"], mostBytes: 100_000);

        await held.HoldAsync(Mail(), Token);

        string[] files = [.. Directory.GetFiles(folder["held"]).Order(StringComparer.Ordinal)];
        Assert.Equal([".eml", ".json"], files.Select(Path.GetExtension));
        Assert.Equal(Octets, await File.ReadAllBytesAsync(files[0], Token));
        using JsonDocument described = JsonDocument.Parse(await File.ReadAllTextAsync(files[1], Token));
        Assert.Equal("a@one.test", described.RootElement.GetProperty("sender").GetString());
        Assert.Equal("b@two.test", described.RootElement.GetProperty("recipients")[0].GetString());
        Assert.Equal("quarantine", described.RootElement.GetProperty("findings")[0].GetProperty("action").GetString());
        Assert.All(files, static f => Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(f) == (UnixFileMode.UserRead | UnixFileMode.UserWrite)));
    }

    [Fact]
    public async Task AFullFolder_TakesNothing_UntilThereIsRoom()
    {
        using TemporaryDirectory folder = new();
        FolderOfHeldMail first = new(folder.Path, mostBytes: 100_000);
        await first.HoldAsync(Mail(), Token);
        long one = new DirectoryInfo(folder.Path).EnumerateFiles().Sum(static f => f.Length);
        FolderOfHeldMail held = new(folder.Path, mostBytes: (2 * one) - 1);

        await Assert.ThrowsAsync<IOException>(() => held.HoldAsync(Mail(), Token));

        string[] files = Directory.GetFiles(folder.Path);
        Assert.Equal(2, files.Length);
        Array.ForEach(files, File.Delete);
        await held.HoldAsync(Mail(), Token);
        Assert.Equal(2, Directory.GetFiles(folder.Path).Length);
    }

    [Fact]
    public async Task AFolderThatIsAFile_Fails()
    {
        using TemporaryDirectory folder = new();
        await File.WriteAllTextAsync(folder["held"], "x", Token);

        await Assert.ThrowsAsync<IOException>(() => new FolderOfHeldMail(folder["held"], mostBytes: 100_000).HoldAsync(Mail(), Token));
    }

    private static GuardedMail Mail()
    {
        ReadOnlySequence<byte> octets = new(Octets);
        return new GuardedMail("a@one.test", ["b@two.test"], octets, new MessageGuard(new GuardOptions()).Inspect(octets));
    }
}
