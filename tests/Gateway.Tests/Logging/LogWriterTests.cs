using System.Globalization;
using System.Text;
using Gateway.Configuration;
using Gateway.Logging;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Tests.Logging;

public sealed class LogWriterTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void Write_ManyThreads_EveryLineArrivesWholeAndInOrder()
    {
        const int Threads = 8;
        const int Lines = 5_000;
        using MemoryStream output = new();
        using (LogWriter writer = Writer(output))
        {
            Parallel.For(0, Threads, thread =>
            {
                for (int i = 0; i < Lines; i++)
                {
                    writer.Write(Encoding.ASCII.GetBytes($"{thread} {i}\n"));
                }
            });
        }

        string[] lines = Encoding.ASCII.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Threads * Lines, lines.Length);
        foreach (IGrouping<string, int> thread in lines.Select(line => line.Split(' ')).GroupBy(parts => parts[0], parts => int.Parse(parts[1], CultureInfo.InvariantCulture)))
        {
            Assert.Equal(Enumerable.Range(0, Lines), thread);
        }
    }

    [Fact]
    public void Flush_AfterWrite_LinesAreWithTheOutput()
    {
        using MemoryStream output = new();
        using LogWriter writer = Writer(output);
        writer.Write("one\n"u8);
        Assert.True(writer.Flush(Patience));
        Assert.Equal("one\n"u8.ToArray(), output.ToArray());
        Assert.True(writer.Flush(Patience));
    }

    [Fact]
    public void Write_OutputDoesNotMove_LosesLinesCountsThemAndSaysSo()
    {
        using GatedStream output = new();
        using (LogWriter writer = Writer(output, capacity: 1024))
        {
            output.Close();
            writer.Write(Line("first"));
            output.WaitUntilBlocked();
            for (int i = 0; i < 8 + 5; i++)
            {
                // Eight lines of 128 octets fit beside the one under way.
                writer.Write(Line("more"));
            }

            Assert.False(writer.Flush(TimeSpan.FromMilliseconds(1)));
            output.Open();
            Assert.True(writer.Flush(Patience));
            writer.Write(Line("after"));
        }

        string[] lines = output.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Trim()).ToArray();
        Assert.Equal(["first", .. Enumerable.Repeat("more", 8), "lost 5", "after"], lines);
    }

    [Fact]
    public void Write_OutputFails_NeverReachesTheCaller()
    {
        FailingStream output = new();
        using (LogWriter writer = Writer(output))
        {
            output.Fails = true;
            writer.Write("a\nb\n"u8);
            Assert.True(writer.Flush(Patience));
            output.Fails = false;
            writer.Write("c\n"u8);
            Assert.True(writer.Flush(Patience));
        }

        Assert.Equal("c\nlost 2\n", Encoding.ASCII.GetString(output.ToArray()));
    }

    [Fact]
    public void Write_LineLargerThanTheBuffer_IsLost()
    {
        using MemoryStream output = new();
        using (LogWriter writer = Writer(output, capacity: 1024))
        {
            writer.Write(new byte[2000]);
            writer.Write("a\n"u8);
        }

        Assert.Equal("a\nlost 1\n", Encoding.ASCII.GetString(output.ToArray()));
    }

    [Fact]
    public void Dispose_Twice_AndWriteAfterwards_IsQuiet()
    {
        using MemoryStream output = new();
        LogWriter writer = Writer(output);
        writer.Write("a\n"u8);
        writer.Dispose();
        writer.Write("b\n"u8);
        writer.Dispose();
        Assert.Equal("a\n"u8.ToArray(), output.ToArray());
    }

    [Fact]
    public void Critical_Event_IsWithTheOutputBeforeItsCallerGoesOn()
    {
        using MemoryStream output = new();
        using GatewayLoggerProvider provider = LogFormatTests.Provider(GatewayOptions.LogFormat.Text, output, LogLevel.Information);
        provider.CreateLogger("gateway/run").LogCritical("going down");
        Assert.EndsWith("fatal: going down\n", Encoding.UTF8.GetString(output.ToArray()), StringComparison.Ordinal);
    }

    private static byte[] Line(string text) => Encoding.ASCII.GetBytes(text.PadRight(127) + "\n");

    private static LogWriter Writer(Stream output, int capacity = LogWriter.DefaultCapacity) =>
        new(output, lost => Encoding.ASCII.GetBytes($"lost {lost}\n"), capacity);

    private sealed class FailingStream : MemoryStream
    {
        public bool Fails { get; set; }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (Fails)
            {
                throw new IOException("no space left on device");
            }

            base.Write(buffer);
        }
    }

    private sealed class GatedStream : MemoryStream
    {
        private readonly ManualResetEventSlim _open = new(true);
        private readonly ManualResetEventSlim _blocked = new();

        public string Text => Encoding.ASCII.GetString(ToArray());

        public override void Close() => _open.Reset();

        public void Open() => _open.Set();

        public void WaitUntilBlocked() => Assert.True(_blocked.Wait(Patience));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (!_open.IsSet)
            {
                _blocked.Set();
                _open.Wait();
            }

            base.Write(buffer);
        }
    }
}
