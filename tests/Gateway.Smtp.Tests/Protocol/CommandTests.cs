using System.Text;
using CsCheck;
using Gateway.Smtp.Protocol;
using Xunit;

namespace Gateway.Smtp.Tests.Protocol;

public sealed class CommandTests
{
    [Theory]
    [InlineData("NOOP", SmtpVerb.Noop, "")]
    [InlineData("noop", SmtpVerb.Noop, "")]
    [InlineData("NoOp   ", SmtpVerb.Noop, "")]
    [InlineData("MAIL FROM:<a@b>", SmtpVerb.Mail, "FROM:<a@b>")]
    [InlineData("mail   from:<a@b>  SIZE=1  ", SmtpVerb.Mail, "from:<a@b>  SIZE=1")]
    [InlineData("RCPT TO:<\"a b\"@c>", SmtpVerb.Rcpt, "TO:<\"a b\"@c>")]
    [InlineData("EHLO", SmtpVerb.Ehlo, "")]
    [InlineData("EHLO a.test", SmtpVerb.Ehlo, "a.test")]
    [InlineData("", SmtpVerb.Unknown, "")]
    [InlineData("    ", SmtpVerb.Unknown, "")]
    [InlineData(" NOOP", SmtpVerb.Unknown, "NOOP")]
    [InlineData("NOOPX", SmtpVerb.Unknown, "")]
    [InlineData("NOO", SmtpVerb.Unknown, "")]
    [InlineData("DATA.", SmtpVerb.Unknown, "")]
    [InlineData("GET / HTTP/1.1", SmtpVerb.Unknown, "/ HTTP/1.1")]
    public void TryParse_Line_SplitsVerbAndArgument(string line, SmtpVerb verb, string argument)
    {
        Assert.True(CommandLine.TryParse(Encoding.Latin1.GetBytes(line), out CommandLine command));
        Assert.Equal(verb, command.Verb);
        Assert.Equal(argument, Encoding.Latin1.GetString(command.Argument));
    }

    [Fact]
    public void TryParse_AnyControlCharacterAnywhere_IsRefused()
    {
        const string Line = "MAIL FROM:<a@b>";
        foreach (int c in Enumerable.Range(0, 0x20).Append(0x7F))
        {
            for (int at = 0; at <= Line.Length; at++)
            {
                Assert.False(CommandLine.TryParse(Encoding.Latin1.GetBytes(Line.Insert(at, ((char)c).ToString())), out _));
            }
        }
    }

    [Fact]
    public void TryParse_AnyOctets_NeverThrows() =>
        Gen.Byte.Array[0, 40].Sample(
            line =>
            {
                if (CommandLine.TryParse(line, out CommandLine command))
                {
                    Assert.InRange(command.Argument.Length, 0, line.Length);
                }
            },
            iter: 5_000);

    [Fact]
    public void Table_EveryVerb_HasItsRowAtItsIndexAndIsFoundByName()
    {
        SmtpVerb[] verbs = Enum.GetValues<SmtpVerb>();
        Assert.Equal(verbs, CommandTable.Rows.Select(r => r.Verb));
        foreach (CommandRow row in CommandTable.Rows.Skip(1))
        {
            Assert.Equal(row, CommandTable.Row(row.Verb));
            Assert.Equal(row.Verb, CommandTable.Find(Encoding.ASCII.GetBytes(row.Name)));
            Assert.Equal(row.Verb, CommandTable.Find(Encoding.ASCII.GetBytes(row.Name.ToLowerInvariant())));
            Assert.Equal(SmtpVerb.Unknown, CommandTable.Find(Encoding.ASCII.GetBytes(row.Name[..^1])));
            Assert.NotEqual(default, row.Legal);
        }
    }

    [Theory]
    [InlineData("", 0, BodyType.SevenBit, false)]
    [InlineData("   ", 0, BodyType.SevenBit, false)]
    [InlineData(" SIZE=0", 0, BodyType.SevenBit, false)]
    [InlineData(" size=1234", 1234, BodyType.SevenBit, false)]
    [InlineData(" SIZE=00000000000000000001", 1, BodyType.SevenBit, false)]
    [InlineData(" SIZE=9223372036854775807", long.MaxValue, BodyType.SevenBit, false)]
    [InlineData(" SIZE=9223372036854775808", long.MaxValue, BodyType.SevenBit, false)]
    [InlineData(" SIZE=99999999999999999999", long.MaxValue, BodyType.SevenBit, false)]
    [InlineData(" BODY=7bit", 0, BodyType.SevenBit, false)]
    [InlineData(" Body=8BITMIME", 0, BodyType.EightBitMime, false)]
    [InlineData(" BODY=binarymime", 0, BodyType.BinaryMime, false)]
    [InlineData(" SMTPUTF8", 0, BodyType.SevenBit, true)]
    [InlineData("  SMTPUTF8  BODY=8BITMIME   SIZE=7 ", 7, BodyType.EightBitMime, true)]
    public void ReadMail_GoodParameters_AreRead(string text, long size, BodyType body, bool utf8)
    {
        Assert.Null(EsmtpParameters.ReadMail(Encoding.ASCII.GetBytes(text), out MailParameters parameters));
        Assert.Equal(new MailParameters(size, body, utf8), parameters);
    }

    [Theory]
    [InlineData(" SIZE", 501)]
    [InlineData(" SIZE=", 501)]
    [InlineData(" SIZE=-1", 501)]
    [InlineData(" SIZE=+1", 501)]
    [InlineData(" SIZE=1k", 501)]
    [InlineData(" SIZE=0x10", 501)]
    [InlineData(" SIZE=1,000", 501)]
    [InlineData(" SIZE=000000000000000000001", 501)]
    [InlineData(" SIZE=1 SIZE=1", 501)]
    [InlineData(" SIZE=1 size=2", 501)]
    [InlineData(" BODY", 501)]
    [InlineData(" BODY=", 501)]
    [InlineData(" BODY=BINARY", 501)]
    [InlineData(" BODY=7BIT BODY=8BITMIME", 501)]
    [InlineData(" SMTPUTF8=", 501)]
    [InlineData(" SMTPUTF8=1", 501)]
    [InlineData(" SMTPUTF8 SMTPUTF8", 501)]
    [InlineData(" =1", 501)]
    [InlineData(" -X=1", 501)]
    [InlineData(" X_Y=1", 501)]
    [InlineData(" <x>", 501)]
    [InlineData(" AUTH=", 501)]
    [InlineData(" RET", 501)]
    [InlineData(" RET=ALL", 501)]
    [InlineData(" RET=FULL RET=FULL", 501)]
    [InlineData(" ENVID", 501)]
    [InlineData(" ENVID=", 501)]
    [InlineData(" ENVID=a=b", 501)]
    [InlineData(" ENVID=a+2b", 501)]
    [InlineData(" ENVID=a+2", 501)]
    [InlineData(" ENVID=a+0A", 501)]
    [InlineData(" ENVID=a+7F", 501)]
    [InlineData(" ENVID=a+80", 501)]
    [InlineData(" ENVID=a ENVID=a", 501)]
    [InlineData(" NOTIFY=NEVER", 555)]
    [InlineData(" X-FOO", 555)]
    public void ReadMail_BadParameters_AreRefused(string text, int code)
    {
        SmtpReply? reply = EsmtpParameters.ReadMail(Encoding.ASCII.GetBytes(text), out MailParameters parameters);
        Assert.Equal(code, reply?.Code);
        Assert.Equal(default, parameters);
    }

    [Theory]
    [InlineData(" RET=full", DsnReturn.Full, null)]
    [InlineData(" RET=HDRS ENVID=QQ314159", DsnReturn.Headers, "QQ314159")]
    [InlineData(" ENVID=a+20b+2B+3D", DsnReturn.Unspecified, "a+20b+2B+3D")]
    public void ReadMail_DsnParameters_AreRead(string text, DsnReturn ret, string? envelopeId)
    {
        Assert.Null(EsmtpParameters.ReadMail(Encoding.ASCII.GetBytes(text), out MailParameters parameters));
        Assert.Equal(ret, parameters.Return);
        Assert.Equal(envelopeId, parameters.EnvelopeId);
        Assert.Equal(text.Trim(), DsnParameters.FormatMail(parameters.Return, parameters.EnvelopeId), ignoreCase: true);
    }

    [Fact]
    public void ReadMail_EnvelopeId_IsBounded()
    {
        Assert.Null(EsmtpParameters.ReadMail(Encoding.ASCII.GetBytes(" ENVID=" + new string('x', 100)), out _));
        Assert.Equal(501, EsmtpParameters.ReadMail(Encoding.ASCII.GetBytes(" ENVID=" + new string('x', 101)), out _)?.Code);
    }

    [Theory]
    [InlineData("", DsnNotify.Unspecified, null)]
    [InlineData("  ", DsnNotify.Unspecified, null)]
    [InlineData(" NOTIFY=NEVER", DsnNotify.Never, null)]
    [InlineData(" NOTIFY=SUCCESS,FAILURE,DELAY", DsnNotify.Success | DsnNotify.Failure | DsnNotify.Delay, null)]
    [InlineData(" NOTIFY=FAILURE ORCPT=rfc822;a+40b@c.test", DsnNotify.Failure, "rfc822;a+40b@c.test")]
    [InlineData(" ORCPT=x-local;+41", DsnNotify.Unspecified, "x-local;+41")]
    public void ReadRecipient_GoodParameters_AreRead(string text, DsnNotify notify, string? original)
    {
        Assert.Null(EsmtpParameters.ReadRecipient(Encoding.ASCII.GetBytes(text), smtpUtf8: false, out RecipientParameters parameters));
        Assert.Equal(new RecipientParameters(notify, original), parameters);
        Assert.Equal(text.Trim(), DsnParameters.FormatRecipient(parameters) ?? string.Empty);
    }

    [Theory]
    [InlineData(" NOTIFY", 501)]
    [InlineData(" NOTIFY=", 501)]
    [InlineData(" NOTIFY=ALWAYS", 501)]
    [InlineData(" NOTIFY=NEVER,FAILURE", 501)]
    [InlineData(" NOTIFY=FAILURE,NEVER", 501)]
    [InlineData(" NOTIFY=FAILURE,FAILURE", 501)]
    [InlineData(" NOTIFY=FAILURE,", 501)]
    [InlineData(" NOTIFY=NEVER NOTIFY=NEVER", 501)]
    [InlineData(" ORCPT=a@b.test", 501)]
    [InlineData(" ORCPT=;a@b.test", 501)]
    [InlineData(" ORCPT=rfc822;", 501)]
    [InlineData(" ORCPT=rfc@822;a", 501)]
    [InlineData(" ORCPT=rfc822;a=b", 501)]
    [InlineData(" ORCPT=rfc822;a+0D+0Ab", 501)]
    [InlineData(" ORCPT=utf-8;\u00e4@b.test", 501)]
    [InlineData(" ORCPT=rfc822;a ORCPT=rfc822;a", 501)]
    [InlineData(" RET=FULL", 555)]
    [InlineData(" =", 501)]
    public void ReadRecipient_BadParameters_AreRefused(string text, int code)
    {
        Assert.Equal(code, EsmtpParameters.ReadRecipient(Encoding.UTF8.GetBytes(text), smtpUtf8: false, out RecipientParameters parameters)?.Code);
        Assert.Equal(default, parameters);
    }

    [Fact]
    public void ReadRecipient_OriginalRecipientInUtf8_NeedsSmtpUtf8AndItsType()
    {
        byte[] right = " ORCPT=utf-8;\u00e4@b.test"u8.ToArray();
        Assert.Null(EsmtpParameters.ReadRecipient(right, smtpUtf8: true, out RecipientParameters parameters));
        Assert.Equal("utf-8;\u00e4@b.test", parameters.OriginalRecipient);
        Assert.Equal(501, EsmtpParameters.ReadRecipient(" ORCPT=rfc822;\u00e4@b.test"u8, smtpUtf8: true, out _)?.Code);
        Assert.Equal(501, EsmtpParameters.ReadRecipient((byte[])[.. " ORCPT=utf-8;"u8, 0xFF], smtpUtf8: true, out _)?.Code);
    }

    [Fact]
    public void DecodeXtext_AnyPrintableText_ComesBack() =>
        Gen.Char[' ', '~'].Array[1, 30].Sample(text =>
        {
            string plain = new(text);
            string encoded = string.Concat(text.Select(c => c is '+' or '=' or ' ' ? $"+{(int)c:X2}" : c.ToString()));
            Assert.True(DsnParameters.TryReadEnvelopeId(Encoding.ASCII.GetBytes(encoded), out string kept));
            Assert.Equal(plain, DsnParameters.DecodeXtext(kept));
        });
}
