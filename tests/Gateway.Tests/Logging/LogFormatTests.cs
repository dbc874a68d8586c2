using System.Text;
using System.Text.Json;
using CsCheck;
using Gateway.Configuration;
using Gateway.Logging;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Tests.Logging;

public sealed class LogFormatTests
{
    private const string Prefix = "2026-11-23T05:00:10.123456Z gw1 ";

    [Fact]
    public void Text_OwnCategory_IsALineAsPostfixWritesIt() =>
        Assert.Equal(
            Prefix + "gateway/smtpd[812]: connect from a.example[192.0.2.1]\n",
            Text(log => log.LogInformation("connect from {Client}", "a.example[192.0.2.1]")));

    [Fact]
    public void Text_OtherCategory_IsHostWithTheCategoryInTheMessage() =>
        Assert.Equal(
            Prefix + "gateway/host[812]: warning: Microsoft.AspNetCore.Server.Kestrel: slow\n",
            Text(log => log.LogWarning("slow"), "Microsoft.AspNetCore.Server.Kestrel"));

    [Theory]
    [InlineData(LogLevel.Information, "")]
    [InlineData(LogLevel.Warning, "warning: ")]
    [InlineData(LogLevel.Error, "error: ")]
    [InlineData(LogLevel.Critical, "fatal: ")]
    public void Text_Level_IsSaidAboveInformation(LogLevel level, string expected) =>
        Assert.Equal($"{Prefix}gateway/smtpd[812]: {expected}x\n", Text(log => log.Log(level, "x")));

    [Fact]
    public void Text_ControlsInValues_CannotMakeLinesOrDriveTheTerminal() =>
        Assert.Equal(
            Prefix + "gateway/smtpd[812]: from=<a\\r\\n2026 gw1 gateway/smtpd: forged\\x1b[2J\\x9b\\u202e\\u2028 é>\n",
            Text(log => log.LogInformation("from=<{Sender}>", "a\r\n2026 gw1 gateway/smtpd: forged\u001b[2J\u009b\u202e\u2028 é")));

    [Fact]
    public void Text_Exception_IsOnTheSameLine()
    {
        string line = Text(log => log.LogError(Thrown("first\nsecond"), "delivery failed"));
        Assert.StartsWith(Prefix + "gateway/smtpd[812]: error: delivery failed: System.InvalidOperationException: first | second | at ", line, StringComparison.Ordinal);
        Assert.Equal(1, line.Count(c => c == '\n'));
    }

    [Fact]
    public void Text_HugeMessage_IsCut()
    {
        string line = Text(log => log.LogInformation("{Text}", new string('x', 1_000_000)));
        Assert.InRange(line.Length, LogLine.LongestText, LogLine.LongestText + 200);
        Assert.EndsWith($" ({1_000_000 - LogLine.LongestText} more characters)\n", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_Event_HasTheFixedFieldsAndItsValuesByName()
    {
        JsonElement line = Json(log => log.Log(
            LogLevel.Information, new EventId(7, "Delivered"), "{Id}: to=<{To}>, delay={Delay}, tries={Tries}, tls={Tls}", "4bX", "u@example.org", 0.42, 3, true));
        Assert.Equal(
            ["time", "host", "program", "pid", "level", "eventId", "event", "message", "id", "to", "delay", "tries", "tls"],
            line.EnumerateObject().Select(field => field.Name));
        Assert.Equal("2026-11-23T05:00:10.123456Z", line.GetProperty("time").GetString());
        Assert.Equal("gw1", line.GetProperty("host").GetString());
        Assert.Equal("gateway/smtpd", line.GetProperty("program").GetString());
        Assert.Equal(812, line.GetProperty("pid").GetInt32());
        Assert.Equal("information", line.GetProperty("level").GetString());
        Assert.Equal(7, line.GetProperty("eventId").GetInt32());
        Assert.Equal("Delivered", line.GetProperty("event").GetString());
        Assert.Equal("4bX: to=<u@example.org>, delay=0.42, tries=3, tls=True", line.GetProperty("message").GetString());
        Assert.Equal(0.42, line.GetProperty("delay").GetDouble());
        Assert.Equal(JsonValueKind.True, line.GetProperty("tls").ValueKind);
    }

    [Fact]
    public void Json_NamesThatCollide_AreTold()
    {
        JsonElement line = Json(log => log.LogInformation("{Message} {X} {X}", "m", 1, 2));
        Assert.Equal("m", line.GetProperty("state_message").GetString());
        Assert.Equal(1, line.EnumerateObject().Count(field => field.Name == "x"));
    }

    [Fact]
    public void Json_ValuesOfAllKinds_AreValid()
    {
        JsonElement line = Json(log => log.LogInformation(
            "{A} {B} {C} {D} {E} {F} {G}", null, double.NaN, 1.5m, TimeSpan.FromSeconds(1), new[] { "x", "y" }, DateTimeOffset.UnixEpoch, LogLevel.Error));
        Assert.Equal(JsonValueKind.Null, line.GetProperty("a").ValueKind);
        Assert.Equal("NaN", line.GetProperty("b").GetString());
        Assert.Equal(1.5m, line.GetProperty("c").GetDecimal());
        Assert.Equal("00:00:01", line.GetProperty("d").GetString());
        Assert.Equal(2, line.GetProperty("e").GetArrayLength());
        Assert.Equal(DateTimeOffset.UnixEpoch, line.GetProperty("f").GetDateTimeOffset());
        Assert.Equal("Error", line.GetProperty("g").GetString());
    }

    [Fact]
    public void Json_OtherCategoryAndException_AreFields()
    {
        JsonElement line = Json(log => log.LogError(Thrown("bad\n\"thing\""), "failed"), "Microsoft.Extensions.Hosting");
        Assert.Equal("gateway/host", line.GetProperty("program").GetString());
        Assert.Equal("Microsoft.Extensions.Hosting", line.GetProperty("category").GetString());
        JsonElement exception = line.GetProperty("exception");
        Assert.Equal("System.InvalidOperationException", exception.GetProperty("type").GetString());
        Assert.Equal("bad\n\"thing\"", exception.GetProperty("message").GetString());
        Assert.Contains(nameof(Thrown), exception.GetProperty("stack").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void AnyText_BothFormats_IsOneLineAndJsonKeepsTheText() =>
        Gen.String[Gen.OneOf(Gen.Char, Gen.Char['\0', '\u00a0'], Gen.Char['\u2000', '\u2070']), 0, 80].Sample(value =>
        {
            string text = Text(log => log.LogInformation("{Value}", value));
            Assert.Equal(1, text.Count(c => c == '\n'));
            Assert.Equal(-1, VisibleText.IndexOfUnsafe(text.AsSpan(0, text.Length - 1), out _));

            // Lone surrogates have no UTF-8; they become U+FFFD on both sides.
            string valid = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(value));
            Assert.Equal(valid, Json(log => log.LogInformation("{Value}", value)).GetProperty("value").GetString());
        });

    [Fact]
    public void Level_BelowTheOption_IsNotWritten()
    {
        using MemoryStream output = new();
        using (GatewayLoggerProvider provider = Provider(GatewayOptions.LogFormat.Text, output, LogLevel.Warning))
        {
            ILogger log = provider.CreateLogger("gateway/smtpd");
            Assert.False(log.IsEnabled(LogLevel.Information));
            Assert.False(log.IsEnabled(LogLevel.None));
            log.LogInformation("no");
            log.LogWarning("yes");
        }

        Assert.EndsWith("warning: yes\n", Encoding.UTF8.GetString(output.ToArray()), StringComparison.Ordinal);
        Assert.DoesNotContain("no\n", Encoding.UTF8.GetString(output.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public void Value_ThatLogsWhileItIsWritten_DoesNotSpoilTheLine()
    {
        using MemoryStream output = new();
        using (GatewayLoggerProvider provider = Provider(GatewayOptions.LogFormat.Json, output, LogLevel.Information))
        {
            ILogger log = provider.CreateLogger("gateway/smtpd");
            log.LogInformation("outer {Value}", new Chatty(log));
        }

        Assert.All(
            Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line => Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(line).RootElement.ValueKind));
    }

    internal static GatewayLoggerProvider Provider(GatewayOptions.LogFormat format, Stream output, LogLevel level, int capacity = LogWriter.DefaultCapacity) => new(
        new LogOptions { Format = format, Level = level },
        new LogSource("gw1", 812),
        output,
        new FakeTimeProvider(new DateTimeOffset(2026, 11, 23, 5, 0, 10, TimeSpan.Zero).AddTicks(1_234_567)),
        capacity);

    private static string Text(Action<ILogger> act, string category = "gateway/smtpd") => Written(act, category, GatewayOptions.LogFormat.Text);

    private static JsonElement Json(Action<ILogger> act, string category = "gateway/smtpd")
    {
        string line = Written(act, category, GatewayOptions.LogFormat.Json);
        Assert.Equal(line.Length - 1, line.IndexOf('\n', StringComparison.Ordinal));
        return JsonDocument.Parse(line).RootElement;
    }

    private static string Written(Action<ILogger> act, string category, GatewayOptions.LogFormat format)
    {
        using MemoryStream output = new();
        using (GatewayLoggerProvider provider = Provider(format, output, LogLevel.Trace))
        {
            act(provider.CreateLogger(category));
        }

        return Encoding.UTF8.GetString(output.ToArray());
    }

    private static InvalidOperationException Thrown(string message)
    {
        try
        {
            throw new InvalidOperationException(message);
        }
        catch (InvalidOperationException problem)
        {
            return problem;
        }
    }

    private sealed class Chatty(ILogger log)
    {
        public override string ToString()
        {
            log.LogInformation("inner");
            return "chatty";
        }
    }
}
