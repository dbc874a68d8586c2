using System.Buffers;
using System.Globalization;
using System.Text;
using CsCheck;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Smtp.Tests.Server;

public sealed class SessionRecorderTests
{
    private readonly FakeTimeProvider _time = new();

    /// <summary>A line as it comes, and as it is kept.</summary>
    public static TheoryData<string, string> Secrets => new()
    {
        { "AUTH PLAIN AGpvZQBzZWNyZXQ=", "AUTH PLAIN ***" },
        { "auth plain AGpvZQBzZWNyZXQ=", "auth plain ***" },
        { "AUTH   LOGIN   am9l", "AUTH   LOGIN ***" },
        { "AUTH LOGIN", "AUTH LOGIN" },
        { "AUTH am9lOnNlY3JldA==", "AUTH ***" },
        { "AUTH PLAIN=AGpvZQBzZWNyZXQ=", "AUTH ***" },
        { "AUTHPLAIN AGpvZQBzZWNyZXQ=", "AUTH ***" },
        { " AUTH PLAIN AGpvZQBzZWNyZXQ=", " AUTH PLAIN ***" },
        { "\tAUTH PLAIN AGpvZQBzZWNyZXQ=", "\\x09AUTH PLAIN ***" },
        { "AUTH\tPLAIN\tAGpvZQBzZWNyZXQ=", "AUTH ***" },
        { "AUTH PLAIN\0AGpvZQBzZWNyZXQ=", "AUTH ***" },
        { "EHLO x\rAUTH PLAIN AGpvZQBzZWNyZXQ=\rQUIT", "EHLO x\\x0dAUTH PLAIN ***" },
        { "Authorization: Basic am9lOnNlY3JldA==", "Auth ***" },
        { "PASS secret", "PASS ***" },
        { "a1 LOGIN joe secret", "a1 LOGIN ***" },
        { "EHLO client.test", "EHLO client.test" },
        { "mail from:<auth@pass.test>", "mail from:<auth@pass.test>" },
        { "GET / HTTP/1.1", "GET / HTTP/1.1" },
        { "STARTTLS", "STARTTLS" },
    };

    [Theory]
    [MemberData(nameof(Secrets))]
    public void Command_WithASecret_KeepsNoneOfIt(string line, string kept)
    {
        ArgumentNullException.ThrowIfNull(line);
        byte[] octets = Encoding.Latin1.GetBytes(line + "\r\n");
        for (int cut = 0; cut <= octets.Length; cut++)
        {
            SessionRecorder recorder = new(_time);
            recorder.Command(Split(octets, cut), secret: false);
            SessionLine shown = Assert.Single(recorder.Lines());
            Assert.Equal(kept, shown.Text);
            Assert.Equal(SessionVoice.Client, shown.Voice);
        }
    }

    [Fact]
    public void Command_BehindARefusedAuth_IsTakenForASecretUnlessItIsACommand()
    {
        SessionRecorder recorder = new(_time);
        foreach (string line in new[] { "AUTH LOGIN", "am9l", "xxPASSxx", "MAIL FROM:<a@b.test>", "c2VjcmV0", "STARTTLS", "AUTH PLAIN x" })
        {
            recorder.Command(Split(Encoding.ASCII.GetBytes(line + "\r\n"), 0), secret: false);
        }

        Assert.Equal(
            ["AUTH LOGIN", " ***", " ***", "MAIL FROM:<a@b.test>", " ***", "STARTTLS", "AUTH PLAIN ***"], recorder.Lines().Select(l => l.Text));
    }

    [Fact]
    public void Reply_Challenge_IsHidden()
    {
        SessionRecorder recorder = new(_time);
        recorder.Command(Split("AUTH SCRAM-SHA-256\r\n"u8.ToArray(), 0), secret: false);
        recorder.Reply(new SmtpReply(334, default, "cj1ub25jZSxzPXNhbHQsaT00MDk2"));
        recorder.Command(Split("Yz1iaXdzLHA9cHJvb2Y=\r\n"u8.ToArray(), 0), secret: true);
        Assert.Equal(["AUTH SCRAM-SHA-256", "334 ***", "*** (22 octets)"], recorder.Lines().Select(l => l.Text));
    }

    [Fact]
    public void Lines_HostileOctets_ArePrintable()
    {
        SessionRecorder recorder = new(_time);
        byte[] all = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        recorder.Command(new ReadOnlySequence<byte>(all), secret: false);
        recorder.Note("\u001b[2J\u202e");

        Assert.All(recorder.Lines(), line => Assert.DoesNotContain(line.Text, c => c is < ' ' or > '~'));
        string text = recorder.Lines()[0].Text;
        Assert.StartsWith("\\x00\\x01", text, StringComparison.Ordinal);
        Assert.Contains("[\\x5c]", text, StringComparison.Ordinal);
        Assert.Contains("{\\x7c}~\\x7f\\x80", text, StringComparison.Ordinal);
        Assert.EndsWith("\\xff", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_LongLinesAndReplies_AreCutAndCounted()
    {
        SessionRecorder recorder = new(_time);
        recorder.Command(new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes("RCPT TO:<" + new string('x', 1000) + ">\r\n")), secret: false);
        recorder.Reply(new SmtpReply(250, default, "gate.test\nPIPELINING\nHELP"));
        recorder.Overlong(70_000);
        recorder.Content(12_345, complete: true);
        recorder.Content(99, complete: false);

        Assert.Equal(
            ["RCPT TO:<" + new string('x', 247) + "... (1010 octets)", "250-gate.test... (39 octets)", "(line of 70000 octets)", "DATA 12345 octets", "content, 99 octets so far"],
            recorder.Lines().Select(l => l.Text));
    }

    [Fact]
    public void Lines_HaveMicroseconds()
    {
        SessionRecorder recorder = new(_time);
        _time.Advance(TimeSpan.FromMicroseconds(1_000_042));
        recorder.Command(Split("NOOP\r\n"u8.ToArray(), 2), secret: false);
        Assert.Equal("+1.000042 C: NOOP", recorder.Lines()[0].ToString());
    }

    [Fact]
    public void Ring_AnyLengths_KeepsTheLatestInOrderWithinItsCapacity() =>
        Gen.Int[0, 300].Array[0, 400].Sample(
            lengths =>
            {
                SessionRecorder recorder = new(_time);
                List<string> all = [];
                for (int i = 0; i < lengths.Length; i++)
                {
                    string line = string.Create(CultureInfo.InvariantCulture, $"NOOP {i} {new string('x', lengths[i])}");
                    all.Add(line.Length <= SessionRecorder.LongestText ? line : $"{line[..SessionRecorder.LongestText]}... ({line.Length} octets)");
                    recorder.Command(new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(line + "\r\n")), secret: false);
                    Assert.InRange(recorder.Size, 256, SessionRecorder.Capacity);
                }

                List<string> kept = [.. recorder.Lines().Select(l => l.Text)];
                if (kept.Count > 0 && kept[0].EndsWith("earlier lines are not kept", StringComparison.Ordinal))
                {
                    Assert.Equal(SessionRecorder.Capacity, recorder.Size);
                    Assert.StartsWith($"{all.Count - kept.Count + 1} ", kept[0], StringComparison.Ordinal);
                    Assert.InRange(kept.Skip(1).Sum(l => Math.Min(l.Length, SessionRecorder.LongestText) + 15), SessionRecorder.Capacity - 600, SessionRecorder.Capacity + 20);
                    kept.RemoveAt(0);
                    all.RemoveRange(0, all.Count - kept.Count);
                }

                Assert.Equal(all, kept);
                recorder.Release();
                Assert.Equal(0, recorder.Size);
                Assert.Empty(recorder.Lines());
            },
            iter: 300);

    [Fact]
    public void Memory_OfAnIdleSession_IsSmall()
    {
        SessionRecorder recorder = new(_time);
        Assert.Equal(0, recorder.Size);
        recorder.Reply(Replies.Greeting("gate.test"));
        recorder.Command(Split("EHLO client.test\r\n"u8.ToArray(), 0), secret: false);
        recorder.Reply(new SmtpReply(250, default, "gate.test\nPIPELINING\nSIZE 52428800\n8BITMIME\nSMTPUTF8"));
        Assert.Equal(256, recorder.Size);
    }

    [Fact]
    public void Command_AndReply_AllocateNothing()
    {
        SessionRecorder recorder = new(TimeProvider.System);
        ReadOnlySequence<byte> line = new("RCPT TO:<somebody@example.net>\r\n"u8.ToArray());
        for (int i = 0; i < 1000; i++)
        {
            Turn();
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
        {
            Turn();
        }

        // Less than a twentieth of an octet a line: the runtime itself makes an object now and then.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000);

        void Turn()
        {
            recorder.Command(line, secret: false);
            recorder.Reply(Replies.RecipientOk);
        }
    }

    [Fact]
    public void EndsBadly_EveryEnd_IsDecided() => Assert.Equal(
        [SessionEnd.Refused, SessionEnd.TimedOut, SessionEnd.TooSlow, SessionEnd.TooManyErrors, SessionEnd.ProtocolViolation, SessionEnd.Fault],
        Enum.GetValues<SessionEnd>().Where(SessionRecorder.EndsBadly));

    private static ReadOnlySequence<byte> Split(byte[] octets, int cut)
    {
        Piece first = new(octets.AsMemory(0, cut), null, 0);
        Piece last = new(octets.AsMemory(cut), first, cut);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> octets, Piece? before, long at)
        {
            Memory = octets;
            RunningIndex = at;
            before?.Next = this;
        }
    }
}
