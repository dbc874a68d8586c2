using System.Text;
using CsCheck;
using Gateway.Mime.Fields;
using Gateway.Mime.Wire;
using Xunit;

namespace Gateway.Mime.Tests;

/// <summary>The fast ways must say what the slow ones say.</summary>
public sealed class LineSearchTests
{
    private static readonly Gen<byte[]> Lines = Gen.OneOfConst(
            "\n", "\r\n", "\r", "c", "C", "-", "x: y", "a long piece of a line that fills a vector for itself", "be", "b", "=y", "=", "(T", "(", "begin 644 a", "\0")
        .Array[0, 24].Select(pieces => Encoding.Latin1.GetBytes(string.Concat(pieces)));

    private static readonly Gen<string> Addresses = Gen.OneOfConst(
            "a", "ada", "@", ".", "example.org", "<", ">", " ", "\r\n ", "\"", ",", ";", ":", "(", ")", "=", "?", "[", "]", "\\", "\t", "\u00e4", "<ada@example.org>", "Ada L", "\"Ada\"", "..")
        .Array[1, 8].Select(string.Concat);

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
        string text = Encoding.Latin1.GetString(octets);
        int[] found = [.. new[] { "\nbe", "\n=y", "\n(T" }.Select(start => text.IndexOf(start, StringComparison.Ordinal)).Where(at => at >= 0)];
        Assert.Equal(found.DefaultIfEmpty(-1).Min(), LineSearch.EncodedData(octets));
    });

    [Fact]
    public void PlainMailbox_WhatItTakes_TheWholeGrammarFindsFlawless() => Addresses.Sample(
        text =>
        {
            if (text.Contains('?', StringComparison.Ordinal) || !PlainMailbox.Is(Encoding.Latin1.GetBytes(text)))
            {
                return;
            }

            // A comment is no flaw, and leads past the short way.
            AddressScan scan = new();
            scan.Read(Encoding.Latin1.GetBytes(text + " (x)"));
            Assert.Equal((1, AddressFlaws.None, 0), (scan.Addresses, scan.Flaws, scan.CommaRun));
        },
        iter: 20_000);

    [Fact]
    public void PlainMailbox_UsualForms_AreTaken() => Assert.All(
        [" ada@example.org\r\n", " Ada Lovelace <ada@example.org>\r\n", "\"Ada Lovelace\" <ada.l@example.org>"], text => Assert.True(PlainMailbox.Is(Encoding.Latin1.GetBytes(text))));
}
