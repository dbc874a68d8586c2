using CsCheck;
using Gateway.Mime.Fields;
using Gateway.Mime.Wire;

namespace Gateway.Mime.Tests;

/// <summary>The fast ways must say what the slow ones say.</summary>
public sealed class LineSearchTests
{
    private static readonly Gen<byte[]> Lines = Pick(
            "\n", "\r\n", "\r", "c", "C", "-", "x: y", "a long piece of a line that fills a vector for itself", "be", "b", "=y", "=", "(T", "(", "begin 644 a", "\0")
        .Array[0, 24].Select(pieces => Mail.Octets(string.Concat(pieces)));

    private static readonly Gen<string> Addresses = Pick(
            "a", "ada", "@", ".", "example.org", "<", ">", " ", "\r\n ", "\"", ",", ";", ":", "(", ")", "=", "?", "[", "]", "\\", "\t", "\u00e4", "<ada@example.org>", "Ada L", "\"Ada\"", "..")
        .Array[1, 8].Select(string.Concat);

    private static Gen<string> Pick(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    [Fact]
    public void HeaderMark_AnyOctets_IsTheFirstLineOfItsKind() => Lines.Sample(octets =>
    {
        int expected = -1;
        for (int i = 1; i < octets.Length && expected < 0; i++)
        {
            expected = octets[i - 1] == '\n' && LineSearch.IsHeaderMark(octets[i]) ? i : -1;
        }

        Assert.Equal(expected, LineSearch.HeaderMark(octets));
    });

    [Fact]
    public void EncodedData_AnyOctets_IsTheFirstLineOfItsKind() => Lines.Sample(octets =>
    {
        int expected = -1;
        for (int i = 1; i < octets.Length && expected < 0; i++)
        {
            expected = octets[i - 1] == '\n' && octets[i] is (byte)'b' or (byte)'=' or (byte)'(' ? i : -1;
        }

        Assert.Equal(expected, LineSearch.EncodedData(octets));
    });

    [Fact]
    public void PlainMailbox_WhatItTakes_TheWholeGrammarFindsFlawless() => Addresses.Sample(
        text =>
        {
            if (text.Contains("=?", StringComparison.Ordinal) || !PlainMailbox.Is(Mail.Octets(text)))
            {
                return;
            }

            AddressScan scan = new();
            scan.Read(Mail.Octets(text), mayHoldWords: true);
            Assert.Equal((1, AddressFlaws.None, 0), (scan.Addresses, scan.Flaws, scan.CommaRun));
        },
        iter: 20_000);

    [Fact]
    public void PlainMailbox_UsualForms_AreTaken() => Assert.All(
        [" ada@example.org\r\n", " Ada Lovelace <ada@example.org>\r\n", "\"Ada Lovelace\" <ada.l@example.org>"], text => Assert.True(PlainMailbox.Is(Mail.Octets(text))));

    [Fact]
    public void ValueTraits_AnyOctets_AreThoseThatAreThere() => Pick(" ", "\t", "\r\n", "a word of a value", "x", "(", "?", "=", "\x7f", "\u00e4", "\0").Array[0, 12].Sample(
        pieces =>
        {
            string text = string.Concat(pieces);
            FieldTraits expected = (text.Any(c => c is (< ' ' and not ('\t' or '\r' or '\n')) or >= '\x7f') ? FieldTraits.Unusual : FieldTraits.None)
                | (text.Contains('(', StringComparison.Ordinal) ? FieldTraits.Parenthesis : FieldTraits.None)
                | (text.Contains("=?", StringComparison.Ordinal) ? FieldTraits.WordStart : FieldTraits.None)
                | (text.Contains(" \r", StringComparison.Ordinal) || text.Contains("\t\r", StringComparison.Ordinal) ? FieldTraits.BlankEnd : FieldTraits.None);
            Assert.Equal(expected, ValueTraits.Of(Mail.Octets(text)));
        },
        iter: 20_000);

    [Theory]
    [InlineData("Mon, 02 Mar 2026 10:00:00 +0000", null)]
    [InlineData("Mon, 2 Mar 2026 23:59:60 -0430 (EST)", null)]
    [InlineData("Mon, 02 Mar 2026 10:00:00 +1401", "no such time zone")]
    [InlineData("Mon, 30 Feb 2026 10:00:00 +0000", "no such day or time")]
    [InlineData("Mon, 02 Mar 0026 10:00:00 +0000", null)]
    [InlineData("Mon, 02 Mar 1026 10:00:00 +0000", "a date before 1980")]
    [InlineData("Fri, 27 Nov 2026 10:00:00 +0000", "a date in the future")]
    [InlineData("Mon, 02 Mar 2026 10:00:00 +0000 (a) b", "text behind the date")]
    [InlineData("Moo, 02 Mar 2026 10:00:00 +0000", "the date cannot be read")]
    public void MailDate_ReadByPlaceOrByGrammar_SaysTheSame(string text, string? flaw)
    {
        DateTimeOffset now = new(2026, 11, 23, 0, 0, 0, TimeSpan.Zero);
        Assert.Equal(flaw, MailDate.Flaw(Mail.Octets(text), now));

        // A blank more leads past the short way.
        Assert.Equal(flaw, MailDate.Flaw(Mail.Octets(text.Insert(4, " ")), now));
    }
}
