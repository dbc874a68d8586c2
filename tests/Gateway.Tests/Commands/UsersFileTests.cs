using Gateway.Commands;
using Gateway.Smtp.Server.Auth;
using Xunit;

namespace Gateway.Tests.Commands;

public sealed class UsersFileTests
{
    [Fact]
    public void Save_FirstUser_MakesAFileThatOnlyItsOwnerReads()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "users");
        UsersFile file = UsersFile.Open(path);
        Assert.True(file.Set("joe", "secret"));
        file.Save();

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }

        string text = File.ReadAllText(path);
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        Assert.True(UserList.Parse(path, text).Find("joe", out bool exists).Verify("secret"));
        Assert.True(exists);
    }

    [Fact]
    public void Set_NameInAnotherForm_IsTheSameUser()
    {
        using TemporaryFolder folder = new();
        UsersFile file = UsersFile.Open(Path.Combine(folder.Path, "users"));
        Assert.True(file.Set("jo\u0308rg", "four"));
        Assert.False(file.Set("j\u00F6rg", "five"));
        Assert.True(file.Remove("jo\u0308rg"));
        Assert.Empty(file.Names);
    }

    [Fact]
    public void Save_AfterChanges_KeepsTheOtherLines()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "users");
        File.WriteAllText(path, $"# ours\nann:{ScramCredentials.Create("one", 4096)}\njoe:{ScramCredentials.Create("two", 4096)}\n");
        UsersFile file = UsersFile.Open(path);
        Assert.False(file.Set("Joe", "three"));
        Assert.True(file.Remove("ANN"));
        Assert.False(file.Remove("nobody"));
        file.Save();

        Assert.StartsWith("# ours\n", File.ReadAllText(path), StringComparison.Ordinal);
        Assert.Equal(["Joe"], UsersFile.Open(path).Names);
    }

    [Fact]
    public void Save_FileOfAnotherUser_StaysHis()
    {
        Assert.SkipUnless(FileOwner.IsRoot, "Only root can give files away.");
        using TemporaryFolder folder = new();
        string path = folder.Write("users", "# ours\n");
        FileOwner owner = new(65534, 65533, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        owner.Give(path);
        UsersFile file = UsersFile.Open(path);
        file.Set("joe", "secret");
        file.Save(ownerOfNew: null);
        Assert.Equal(owner, FileOwner.Of(path));
    }

    [Fact]
    public void Save_NewFileByRoot_IsForTheGatewaysUser()
    {
        Assert.SkipUnless(FileOwner.IsRoot, "Only root can give files away.");
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "users");
        UsersFile file = UsersFile.Open(path);
        file.Set("joe", "secret");
        FileOwner owner = new(65534, 65533, FileOwner.OnlyOwner);
        file.Save(owner);
        Assert.Equal(owner, FileOwner.Of(path));
    }
}
