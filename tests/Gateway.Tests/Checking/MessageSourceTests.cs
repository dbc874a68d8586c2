using System.Text;
using CsCheck;
using Gateway.Checking;
using Xunit;

namespace Gateway.Tests.Checking;

public sealed class MessageSourceTests : IDisposable
{
    private const string Postmark = "From a@example.org Sat Jan  3 01:05:34 1996\n";

    // Lines that a reader of mbox may stumble over.
    private static readonly string[] Lines = ["", "From x", ">From x", ">>From ", "From", Postmark.TrimEnd(), ">" + Postmark.TrimEnd(), "A: b", "\r"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("A: b\n\nc\n", "A: b\r\n\r\nc\r\n")]
    [InlineData("A: b\r\n\r\nc\n", "A: b\r\n\r\nc\n")]
    [InlineData("A: b", "A: b")]
    public void Read_File_GetsWireLineEndsIfAllAreLf(string stored, string expected)
    {
        string path = _folder.Write("a.eml", stored);
        Assert.Equal([(path, 0, expected)], Read(LineEndings.Auto, path));
        Assert.Equal([(path, 0, stored)], Read(LineEndings.Wire, path));
    }

    [Fact]
    public void Read_OneDividingLineAtTheStart_IsOneMessageThatKeepsIt()
    {
        string path = _folder.Write("ham", Postmark + "A: b\n\n>From x\n\nFrom now on\n\n");
        Assert.Equal([(path, 0, Postmark + "A: b\n\n>From x\n\nFrom now on\n\n")], Read(LineEndings.Wire, path));
    }

    [Fact]
    public void Read_Mbox_GivesItsMessagesWithoutDividersAndQuotes()
    {
        string path = _folder.Write("mbox", $"{Postmark}A: 1\n\n>From x\n>>From y\n\n{Postmark}A: 2\n\nbody\n\n{Postmark}A: 3\n\n\n");
        Assert.Equal(
            [(path, 0, "A: 1\n\nFrom x\n>From y\n"), (path, 1, "A: 2\n\nbody\n"), (path, 2, "A: 3\n\n")],
            Read(LineEndings.Wire, path));
    }

    [Fact]
    public void Read_MboxWithCrLf_IsDividedToo()
    {
        string mark = Postmark.Replace("\n", "\r\n", StringComparison.Ordinal);
        string path = _folder.Write("mbox", $"{mark}A: 1\r\n\r\nx\r\n\r\n{mark}A: 2\r\n\r\ny\r\n\r\n");
        Assert.Equal([(path, 0, "A: 1\r\n\r\nx\r\n"), (path, 1, "A: 2\r\n\r\ny\r\n")], Read(LineEndings.Auto, path));
    }

    [Theory]
    [InlineData("A: 1\n\nquoted mail:\n" + Postmark + "A: 2\n\n", 1)]
    [InlineData("A: 1\n\n" + Postmark + "no field follows\n\n", 0)]
    [InlineData("A: 1\n\nFrom a@example.org without a date\nA: 2\n\n", 1)]
    public void Read_LineThatOnlyLooksLikeADivider_DoesNotDivideButIsNamed(string rest, int problems)
    {
        SourceMessage[] all = [.. new MessageSource([_folder.Write("ham", Postmark + rest)], LineEndings.Wire, () => Stream.Null).Read()];
        Assert.Single(all, m => m.Problem is null);
        Assert.Equal(problems, all.Count(m => m.Problem is not null));
        Array.ForEach(all, m => m.Dispose());
    }

    [Theory]
    [InlineData("From \n", "\n")]
    [InlineData("From -\n", "\n")]
    [InlineData("From a@example.org Thu, 22 Aug 2002 12:36:23 +0000\n", "\n")]
    [InlineData("From a@example.org Thu Aug 22 9:36:23 2002\n", "\n")]
    [InlineData("From a@example.org 2002-08-22T12:36:23Z\n", "\n")]
    [InlineData(Postmark, "")]
    [InlineData("\u00ef\u00bb\u00bf" + Postmark, "\n")]
    public void Read_ArchiveWithDividersThatAreNotUnderstood_IsAProblem(string postmark, string gap)
    {
        string second = postmark.TrimStart('\u00ef', '\u00bb', '\u00bf');
        string path = _folder.Write("mbox", $"{postmark}A: 1\n\nbody\n{gap}{second}B: 2\n\nbody\n{gap}{second}C: 3\n\nbody\n");
        SourceMessage[] all = [.. new MessageSource([path], LineEndings.Wire, () => Stream.Null).Read()];
        SourceMessage problem = Assert.Single(all, m => m.Problem is not null);
        Assert.Matches("looks like an mbox: [12] dividing lines not understood, the first is line [56]", problem.Problem);
        Array.ForEach(all, m => m.Dispose());
    }

    [Fact]
    public void Read_MessageWithoutADividerAtTheStart_IsNoMbox() =>
        Assert.Single(Read(LineEndings.Wire, _folder.Write("a.eml", $"A: 1\n\n{Postmark}B: 2\n\n{Postmark}C: 3\n\n")));

    [Fact]
    public void Read_AnyMbox_RoundTrips()
    {
        Gen<string> line = Gen.OneOf(
            Gen.Int[0, Lines.Length - 1].Select(i => Lines[i]),
            Gen.String[Gen.Char['\u000b', '\u00ff'], 0, 40].Select(text => text.Replace('\r', ' ')));
        Gen<string> message = line.Array[0, 12].Select(lines => "Subject: x\n" + string.Concat(lines.Select(text => text + "\n")));
        Gen.Select(message.Array[2, 6], Gen.Int[1, 60]).Sample((messages, chunk) =>
        {
            string mbox = string.Concat(messages.Select(text => Postmark + Quote(text) + "\n"));
            using MemoryStream stream = new SlowStream(Encoding.Latin1.GetBytes(mbox), chunk);
            Assert.Equal(messages, Drain(new MailFileReader(stream, "-", LineEndings.Wire, 1 << 20)).Select(read => read.Text));
        });
    }

    [Fact]
    public void Read_LongMbox_UsesABufferAgainAndAgain()
    {
        string body = string.Concat(Enumerable.Repeat("line of text\n", 3000));
        string path = _folder.Write("mbox", string.Concat(Enumerable.Range(0, 100).Select(i => $"{Postmark}A: {i}\n\n{body}\n")));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => (path, i, $"A: {i}\n\n{body}")), Read(LineEndings.Wire, path));
    }

    [Fact]
    public void Read_MessageOverTheBound_IsAProblemAndTheNextIsRead()
    {
        string large = $"A: 1\n\n{new string('x', 90_000)}\n\n";
        string path = _folder.Write("mbox", $"{Postmark}{large}{Postmark}A: 2\n\nb\n\n{Postmark}{large}");
        (string Path, int Index, string Text)[] read = Read(LineEndings.Wire, 40_000, path);
        Assert.Equal((path, 0, "! the message is larger than 40000 octets"), read[0]);
        Assert.Equal((path, 1, "A: 2\n\nb\n"), read[1]);
        Assert.Equal((path, 2, "! the message is larger than 40000 octets"), read[2]);
        Assert.StartsWith("! the message is larger", Assert.Single(Read(LineEndings.Wire, 40_000, _folder.Write("large", large))).Text, StringComparison.Ordinal);
        Assert.Equal(39_999, Assert.Single(Read(LineEndings.Wire, 40_000, _folder.Write("just", new string('x', 39_999)))).Text.Length);
        Assert.Equal(40_000, Assert.Single(Read(LineEndings.Wire, 40_000, _folder.Write("just", new string('x', 40_000)))).Text.Length);
        Assert.StartsWith("!", Assert.Single(Read(LineEndings.Wire, 40_000, _folder.Write("over", new string('x', 40_001)))).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Folder_IsRecursiveAndSorted()
    {
        _folder.Write("b/2", "two");
        _folder.Write("b/10", "ten");
        _folder.Write("c", "sea");
        _folder.Write("a", "");
        Assert.Equal(
            [("a", 0, ""), ("b/10", 0, "ten"), ("b/2", 0, "two"), ("c", 0, "sea")],
            Read(LineEndings.Auto, _folder.Path).Select(read => (Path.GetRelativePath(_folder.Path, read.Path), read.Index, read.Text)));
    }

    [Fact]
    public void Read_RelativeFolder_ShowsPathsAsTheyWereReached()
    {
        string file = _folder.Write("a/b", "x");
        string relative = Path.GetRelativePath(Directory.GetCurrentDirectory(), _folder.Path);
        Assert.Equal(Path.GetRelativePath(Directory.GetCurrentDirectory(), file), Assert.Single(Read(LineEndings.Auto, relative)).Path);
    }

    [Fact]
    public void Read_FolderWithLinksInCircles_Ends()
    {
        _folder.Write("a/b/file", "x");
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "a/b/up"), "../..");
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "a/self"), "self");
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "again"), "a/b/up/a");
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "link"), "a/b/file");
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "nowhere"), "missing");
        (string Path, int Index, string Text)[] read = Read(LineEndings.Auto, _folder.Path);
        Assert.Equal(["a/b/file", "a/self", "link", "nowhere"], read.Select(message => Path.GetRelativePath(_folder.Path, message.Path)));
        Assert.Equal(["x", "x"], read.Where(message => message.Text[0] != '!').Select(message => message.Text));
    }

    [Fact]
    public void Read_StandardInput_IsAMessageOrAnMbox()
    {
        MessageSource source = new(["-"], LineEndings.Auto, () => new MemoryStream(Encoding.ASCII.GetBytes($"{Postmark}A: 1\n\n\n{Postmark}A: 2\n\n")));
        Assert.Equal(["A: 1\r\n\r\n", "A: 2\r\n"], source.Read().Select(message => Encoding.ASCII.GetString(message.Bytes.Span)));
    }

    [Fact]
    public void Read_EmptyInput_IsAnEmptyMessage() => Assert.Equal("", Assert.Single(Read(LineEndings.Auto, _folder.Write("empty", ""))).Text);

    [Fact]
    public void Read_WhatIsNotThere_IsAProblemAndTheRestGoesOn()
    {
        string missing = Path.Combine(_folder.Path, "missing");
        string there = _folder.Write("there", "x");
        (string Path, int Index, string Text)[] read = Read(LineEndings.Auto, missing, there, "");
        Assert.Equal((missing, 0), (read[0].Path, read[0].Index));
        Assert.StartsWith("!", read[0].Text, StringComparison.Ordinal);
        Assert.Equal("x", read[1].Text);
        Assert.StartsWith("!", read[2].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_StreamThatFails_IsAProblem()
    {
        using FailingStream stream = new();
        (string Path, int Index, string Text) read = Assert.Single(Drain(new MailFileReader(stream, "-", LineEndings.Auto, 1000)));
        Assert.Equal(("-", 0, "! input/output error"), read);
    }

    private static string Quote(string message) => string.Concat(message.Split('\n').SkipLast(1).Select(
        line => (line.TrimStart('>').StartsWith("From ", StringComparison.Ordinal) ? ">" : "") + line + "\n"));

    private static (string Path, int Index, string Text)[] Read(LineEndings lineEndings, params string[] paths) =>
        Read(lineEndings, MessageSource.DefaultLargestMessage, paths);

    private static (string Path, int Index, string Text)[] Read(LineEndings lineEndings, int largest, params string[] paths) =>
        Texts(new MessageSource(paths, lineEndings, () => Stream.Null) { LargestMessage = largest }.Read());

    private static (string Path, int Index, string Text)[] Drain(MailFileReader reader)
    {
        using (reader)
        {
            return Texts(All(reader));
        }
    }

    private static (string Path, int Index, string Text)[] Texts(IEnumerable<SourceMessage> messages)
    {
        List<(string, int, string)> texts = [];
        foreach (SourceMessage message in messages)
        {
            using (message)
            {
                texts.Add((message.Path, message.Index, message.Problem is null ? Encoding.Latin1.GetString(message.Bytes.Span) : "! " + message.Problem));
            }
        }

        return texts.ToArray();
    }

    private static IEnumerable<SourceMessage> All(MailFileReader reader)
    {
        while (reader.Next() is { } message)
        {
            yield return message;
        }
    }

    private sealed class SlowStream(byte[] bytes, int chunk) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, chunk));
    }

    private sealed class FailingStream : MemoryStream
    {
        public override int Read(byte[] buffer, int offset, int count) => throw new IOException("input/output error");
    }
}
