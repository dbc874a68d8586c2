using System.Text;
using Gateway.Relay.Delivery;
using Gateway.Relay.Message;
using Xunit;

namespace Gateway.Relay.Tests.Delivery;

/// <summary>What a conversion changes, and what it leaves octet for octet.</summary>
public sealed class SevenBitCopyTests
{
    private const string Head = "From: a@example.org\r\nX-Odd:   two  blanks\r\n\tand a fold\r\nSubject: x\r\nMIME-Version: 1.0\r\n";

    [Fact]
    public async Task Make_Multipart_EncodesThePartsThatNeedItOnly()
    {
        string plain = new('p', 900);
        string before = Head + "Content-Type: multipart/mixed; boundary=\"m\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\npreamble\r\n--m\r\n"
            + $"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nA line with many letters and sch\u00f6ne Gr\u00fc\u00dfe\r\n\r\n--m\r\nContent-Type: text/plain\r\n\r\n{plain}\r\n--m--\r\nepilogue\r\n";
        (string after, bool breaks) = await MadeAsync(before) ?? throw new InvalidOperationException();
        Assert.Equal(
            Head + "Content-Type: multipart/mixed; boundary=\"m\"\r\nContent-Transfer-Encoding: 7bit\r\n\r\npreamble\r\n--m\r\n"
                + $"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nA line with many letters and sch=C3=B6ne Gr=C3=BC=C3=9Fe\r\n\r\n--m\r\nContent-Type: text/plain\r\n\r\n{plain}\r\n--m--\r\nepilogue\r\n",
            after);
        Assert.False(breaks);
    }

    [Fact]
    public async Task Make_WithADkimSignature_SaysThatItIsBroken()
    {
        (_, bool breaks) = await MadeAsync("DKIM-Signature: v=1; a=x\r\n" + Head + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\u00fc\r\n") ?? throw new InvalidOperationException();
        Assert.True(breaks);
    }

    [Theory]
    [InlineData("Content-Type: multipart/signed; boundary=m\r\n\r\n--m\r\n\r\n\u00fc\r\n--m\r\nContent-Type: application/pgp-signature\r\n\r\nx\r\n--m--\r\n")]
    [InlineData("Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: Multipart/Encrypted; boundary=m\r\n\r\n--m\r\n\r\n\u00fc\r\n--m--\r\n--o--\r\n")]
    [InlineData("Content-Type: application/pkcs7-mime; smime-type=signed-data\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\u00fc\r\n")]
    [InlineData("Comments: \u00fc\r\nContent-Type: text/plain\r\n\r\nx\r\n")]
    public async Task Make_SignedOrBeyondEncoding_IsLeftAlone(string rest) => Assert.Null(await MadeAsync(Head + rest));

    private static async Task<(string Text, bool Breaks)?> MadeAsync(string message)
    {
        using MemoryStream content = new(Encoding.UTF8.GetBytes(message));
        using SevenBitCopy? copy = await SevenBitCopy.MakeAsync(content, new MessageBuffer(() => throw new InvalidOperationException("It fits into memory.")));
        if (copy is null)
        {
            return null;
        }

        using MemoryStream all = new();
        await copy.Body.CopyToAsync(all, TestContext.Current.CancellationToken);
        Assert.Equal(copy.Length, all.Length);
        return (Encoding.Latin1.GetString(all.ToArray()), copy.BreaksSignature);
    }
}
