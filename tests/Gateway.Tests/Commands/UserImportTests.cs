using Gateway.Commands;
using Gateway.Smtp.Server.Auth;
using Gateway.Tests.Management;
using Xunit;

namespace Gateway.Tests.Commands;

/// <summary><c>gateway user import</c>: all of a file or none of it, and a sentence for each line that is not taken.</summary>
public sealed class UserImportTests : IDisposable
{
    private const string Sha512 = "$6$abcdefgh$ltjgWl6579NluT/Vi1nwEvcil.G5Nbc4NiXZaNGStk8PSwGfQv72N2CKPPrVACtLtip/cZ/1GM/O6IND4WQhG.";
    private const string Bcrypt = "$2y$10$abcdefghijklmnopqrstuuqflPDzB6gcMhKa1rZqKiun2YGL5sa2u";

    private readonly TemporaryFolder _folder = new();

    private string Users => Path.Combine(_folder.Path, "users");

    [Fact]
    public async Task Import_PasswdFileAndHtpasswd_AreTakenOnceAndStayAsTheyWere()
    {
        string text = $"# Dovecot\nann@ours.test:{{SHA512-CRYPT}}{Sha512}:1000:1000::/home/ann::userdb_quota=1G\n\njo\u0308rg:{Bcrypt}\r\n";
        CommandRun run = await ImportAsync(text);
        Assert.Equal((0, "2 users added, 0 replaced, 0 as they were.\n", ""), (run.ExitCode, run.Output, run.Error));
        UserList users = UserList.Read(Users);
        Assert.Equal(["ann@ours.test", "j\u00F6rg"], users.Names);
        Assert.True(users.HasHashes);
        Assert.DoesNotContain("SHA512-CRYPT", await File.ReadAllTextAsync(Users, LiveGateway.Ct), StringComparison.Ordinal);

        string before = await File.ReadAllTextAsync(Users, LiveGateway.Ct);
        Assert.Equal("0 users added, 0 replaced, 2 as they were.\n", (await ImportAsync(text)).Output);
        Assert.Equal(before, await File.ReadAllTextAsync(Users, LiveGateway.Ct));
    }

    [Theory]
    [InlineData("joe", "no colon; expected name:hash")]
    [InlineData("joe:", "the user has no password, or is locked")]
    [InlineData("joe:!" + Sha512, "the user has no password, or is locked")]
    [InlineData("joe:*", "the user has no password, or is locked")]
    [InlineData(":" + Sha512, "a user name has no blank or control character, does not begin with # or *, and has 1 to 255 characters")]
    [InlineData("a b:" + Sha512, "a user name has no blank")]
    [InlineData("*:" + Sha512, "a user name has no blank")]
    [InlineData("joe:$apr1$abcdefgh$ltjgWl6579NluT/Vi1nwEv", "this hash of the form $apr1$ is not taken; $6$, $5$, $2y$, $2b$, $2a$ are")]
    [InlineData("joe:{PLAIN}abcdefgh", "this hash of the form {PLAIN} is not taken")]
    [InlineData("joe:abcdefgh", "what stands for the hash is not taken")]
    [InlineData("joe:{SHA256-CRYPT}" + Sha512, "this hash of the form {SHA256-CRYPT} is not taken")]
    [InlineData("joe:$2y$20$abcdefghijklmnopqrstuuqflPDzB6gcMhKa1rZqKiun2YGL5sa2u", "this hash of the form $2y$ is not taken; $6$, $5$, $2y$, $2b$, $2a$ are, of up to 2,000,000 rounds or cost 14")]
    [InlineData("ANN:" + Bcrypt, "the user is there for the second time")]
    [InlineData("joe:" + Sha512 + "::::::allow_nets=192.0.2.0/24", "allow_nets restricts the login")]
    [InlineData("joe:" + Sha512 + "::::::userdb_x=y nologin", "nologin restricts the login")]
    [InlineData("there:" + Sha512, "there is there already, with another password; --replace gives it this one")]
    public async Task Import_LineThatIsNotTaken_IsNamedAndNothingIsChanged(string line, string says)
    {
        UsersFile file = UsersFile.Open(Users);
        file.Set("there", "secret");
        file.Save();
        string before = await File.ReadAllTextAsync(Users, LiveGateway.Ct);
        CommandRun run = await ImportAsync($"ann:{Sha512}\n{line}\n");
        Assert.Equal(ExitCode.Unreadable, run.ExitCode);
        Assert.Contains($"passwd:2: {says}", run.Error, StringComparison.Ordinal);
        Assert.Contains("Nothing was changed: 1 line is not taken.", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("abcdefgh", run.Error, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllTextAsync(Users, LiveGateway.Ct));
    }

    [Fact]
    public async Task Import_Replace_GivesTheHashAndAddGivesItBack()
    {
        UsersFile file = UsersFile.Open(Users);
        file.Set("there", "other");
        file.Save();
        Assert.Equal("0 users added, 1 replaced, 0 as they were.\n", (await ImportAsync($"There:{Sha512}\n", "--replace")).Output);
        Assert.True(UserList.Read(Users).HasHashes);
        file = UsersFile.Open(Users);
        Assert.False(file.Set("there", "new"));
        file.Save();
        Assert.False(UserList.Read(Users).HasHashes);
    }

    [Fact]
    public async Task Import_TenThousandUsers_OrNoFile()
    {
        CommandRun run = await ImportAsync(string.Concat(Enumerable.Range(0, 10_000).Select(i => $"user{i}@ours.test:{Sha512}\n")));
        Assert.Equal("10000 users added, 0 replaced, 0 as they were.\n", run.Output);
        Assert.Equal(ExitCode.NotFound, (await RunAsync("user", "import", Path.Combine(_folder.Path, "nosuch"))).ExitCode);
        Assert.Equal(ExitCode.NotPermitted, (await RunAsync("user", "import", _folder.Path)).ExitCode);
    }

    public void Dispose() => _folder.Dispose();

    private async Task<CommandRun> ImportAsync(string text, params string[] more)
    {
        string path = Path.Combine(_folder.Path, "passwd");
        await File.WriteAllTextAsync(path, text, LiveGateway.Ct);
        return await RunAsync(["user", "import", path, .. more]);
    }

    private Task<CommandRun> RunAsync(params string[] words) =>
        CommandRun.OverAsync([$"--Gateway:Auth:UsersFile={Users}", $"--Gateway:DataDirectory={Path.Combine(_folder.Path, "data")}"], words);
}
