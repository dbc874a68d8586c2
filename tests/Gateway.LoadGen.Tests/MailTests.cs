using System.Text;
using Gateway.LoadGen.Account;
using Gateway.LoadGen.Mail;
using Gateway.LoadGen.Sink;
using Gateway.Mime;

namespace Gateway.LoadGen.Tests;

/// <summary>What is sent is what it says it is, and the sink reads it right however it is cut.</summary>
public sealed class MailTests
{
    private static readonly DateTimeOffset s_date = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void LoadId_WrittenAndRead_IsTheSame()
    {
        LoadId id = new(0xDEADBEEF, 4711, IsHostile: true, 1234567890123, 0xFEDCBA9876543210, 4096, Frame.Multipart);
        byte[] line = new byte[LoadId.LineOctets];
        id.WriteLine(line);

        Assert.True(LoadId.TryRead(line, out LoadId read));
        Assert.Equal(id, read);
        Assert.Equal("\r\n", Encoding.ASCII.GetString(line.AsSpan(^2..)));
    }

    [Theory]
    [InlineData(1024, 0, 0)]
    [InlineData(4096, 0, 0)]
    [InlineData(65536, 0, 0)]
    [InlineData(65537, 0, 0)]
    [InlineData(1 << 20, 0, 0)]
    [InlineData(20_000, 100, 0)]
    [InlineData(100_000, 0, 40_000)]
    public void CleanMail_AnySize_HasIt_AndNoRuleObjects(int octets, int parts, int headerOctets)
    {
        MimeInspector inspector = new();
        foreach (MessageTemplate template in CleanMail.Make(octets, parts, headerOctets, s_date))
        {
            byte[] message = Message(template, template.Content);
            Assert.Equal(octets, message.Length);
            using MessageBytes bytes = MessageBytes.FromMemory(message);
            InspectionReport report = inspector.Inspect(bytes, default, TestContext.Current.CancellationToken);
            Assert.True(report.Verdict < RuleAction.Quarantine, $"{report.Decisive}");
        }
    }

    [Fact]
    public void HostileMail_EachShape_IsHeldOrRefused()
    {
        foreach (MessageTemplate template in HostileMail.Make([]))
        {
            MimeInspector inspector = new();
            using MessageBytes bytes = MessageBytes.FromMemory(Message(template, template.Content));
            InspectionReport report = inspector.Inspect(bytes, default, TestContext.Current.CancellationToken);
            Assert.True(report.Verdict >= RuleAction.Quarantine, template.Label);
        }
    }

    [Fact]
    public void ContentReader_CutAnywhere_ReadsTheSame()
    {
        MessageTemplate template = new("dots", isHostile: false, Frame.Text, Encoding.ASCII.GetBytes("Subject: x\r\n\r\n.a\r\n..\r\n\r\n.\r\nb.\r\n"));
        byte[] wire = [.. "Received: by a;\r\n\tnow\r\nX-Load-Idle: no\r\n"u8, .. Message(template, template.Stuffed), .. ".\r\nQUIT\r\n"u8];
        for (int cut = 0; cut <= wire.Length - 6; cut++)
        {
            ContentReader reader = new();
            reader.Reset();
            int done = reader.ReadData(wire.AsSpan(0, cut), out bool ended);
            if (!ended)
            {
                done += reader.ReadData(wire.AsSpan(done), out ended);
            }

            Assert.True(ended);
            Assert.Equal(wire.Length - 6, done);
            Arrival arrival = Assert.NotNull(reader.Finish());
            Assert.Equal((template.Hash, template.Octets, true), (arrival.Hash, arrival.Octets, arrival.AreMarksIntact));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ContentReader_OctetByOctet_ReadsTheSame(bool bodyOnly)
    {
        MessageTemplate template = CleanMail.Make(4096, 0, 0, s_date)[0];
        byte[] wire = [.. Message(template, template.Stuffed), .. ".\r\n"u8];
        ContentReader reader = new(bodyOnly);
        reader.Reset();
        int from = 0;
        bool ended = false;
        for (int to = 1; to <= wire.Length; to++)
        {
            from += reader.ReadData(wire.AsSpan(from, to - from), out ended);
        }

        Assert.True(ended);
        Arrival arrival = Assert.NotNull(reader.Finish());
        (ulong hash, long octets) = template.Expected(bodyOnly);
        Assert.Equal((hash, octets, true), (arrival.Hash, arrival.Octets, arrival.AreMarksIntact));
    }

    [Fact]
    public void ContentReader_NotOurs_IsNull()
    {
        ContentReader reader = new();
        reader.Reset();
        Assert.Equal(3, reader.ReadData(".\r\n"u8, out bool ended));
        Assert.True(ended);
        Assert.Null(reader.Finish());
    }

    [Fact]
    public void Mix_Weights_AreKept()
    {
        MessageTemplate small = new("small", false, Frame.Bare, new byte[2]);
        MessageTemplate large = new("large", false, Frame.Bare, new byte[2]);
        MessageMix mix = new([([small], 90), ([large], 10)], 1);

        Assert.InRange(Enumerable.Range(0, 10_000).Count(_ => mix.Next() == large), 850, 1150);
    }

    [Fact]
    public void Faults_HangingMessage_HangsEachTimeItComes()
    {
        SinkFaults faults = new(new SinkPlan { EndPoint = new(0, 0), Hang = 0.1 }, 1);
        LoadId[] ids = [.. Enumerable.Range(0, 10_000).Select(i => new LoadId(1, (uint)i, false, 0, 0, 0, Frame.Text))];
        bool[] first = [.. ids.Select(i => faults.Choose(i) == SinkAction.Hang)];

        Assert.InRange(first.Count(h => h), 900, 1100);
        Assert.Equal(first, ids.Select(i => faults.Choose(i) == SinkAction.Hang));
    }

    private static byte[] Message(MessageTemplate template, ReadOnlyMemory<byte> content)
    {
        LoadId id = template.Name(1, 2, 3);
        byte[] head = new byte[template.HeadOctets];
        byte[] end = new byte[template.EndOctets];
        template.WriteHead(id, head);
        template.WriteEnd(id, end);
        return [.. head, .. content.Span, .. end];
    }
}
