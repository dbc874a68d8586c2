using System.Security.Cryptography;
using System.Text;
using Gateway.Smtp.Server.Auth;
using Xunit;

namespace Gateway.Smtp.Tests.Tls;

/// <summary>NFKC of our own, against what Unicode's data say of every character.</summary>
public sealed class NfkcTests
{
    [Fact]
    public void Normalize_EveryCharacterAloneAndBetweenMarks_IsWhatTheDataSay()
    {
        using StreamReader table = new(typeof(Nfkc).Assembly.GetManifestResourceStream("Nfkc.txt")!);
        string expected = table.ReadLine()!.Split(' ')[^1];
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int code = 0; code < 0x30000; code++)
        {
            if (Rune.TryCreate(code, out Rune rune))
            {
                hash.AppendData(Encoding.UTF8.GetBytes(Nfkc.Normalize(rune.ToString())));
                hash.AppendData(Encoding.UTF8.GetBytes(Nfkc.Normalize("a\u0301" + rune + "\u0323\u0301")));
            }
        }

        Assert.Equal(expected, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    [Theory]
    [InlineData("5\u00B5m\u00B2")]
    [InlineData("pa\u0308ss")]
    [InlineData("\uFF11\uFF12\uFF13x")]
    [InlineData("\u20AC\u2026\u2122")]
    public void Prepare_OfPreparedText_IsTheSame(string text)
    {
        string? prepared = SaslPrep.Prepare(text);
        Assert.NotNull(prepared);
        Assert.NotEqual(text, prepared);
        Assert.Equal(prepared, SaslPrep.Prepare(prepared));
    }

    [Fact]
    public void Find_NameOfAnOlderFileInAnotherForm_IsFoundByBothForms()
    {
        UserList users = UserList.Parse("users", $"*:{new string('A', 44)}\njo\u0308rg:{ScramCredentials.Create("one", 4096)}\nj\u00F6rg:{ScramCredentials.Create("two", 4096)}\nu\u0308:{ScramCredentials.Create("three", 4096)}\n");
        Assert.True(users.Find("j\u00F6rg", out bool exists).Verify("two"));
        Assert.True(exists);
        Assert.True(users.Find("\u00FC", out exists).Verify("three"));
        Assert.True(exists);
    }
}
