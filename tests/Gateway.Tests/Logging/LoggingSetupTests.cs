using System.Text;
using Gateway.Configuration;
using Gateway.Logging;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Tests.Logging;

public sealed class LoggingSetupTests
{
    [Theory]
    [InlineData(LogLevel.Information, "own info|own warning|library warning")]
    [InlineData(LogLevel.Error, "")]
    [InlineData(LogLevel.Debug, "own info|own warning|library info|library warning")]
    public void UseGatewayLog_Level_QuietsLibrariesFirst(LogLevel level, string expected)
    {
        LogOptions options = new() { Level = level };
        using MemoryStream output = new();
        using (GatewayLoggerProvider log = LogFormatTests.Provider(options.Format, output, level))
        using (ILoggerFactory factory = LoggerFactory.Create(logging => logging.UseGatewayLog(log, options)))
        {
            ILogger own = factory.CreateLogger("gateway/smtpd");
            own.LogInformation("own info");
            own.LogWarning("own warning");
            ILogger library = factory.CreateLogger("Microsoft.AspNetCore.Server.Kestrel");
            library.LogInformation("library info");
            library.LogWarning("library warning");
        }

        string[] lines = Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(expected, string.Join('|', lines.Select(line => line[(line.LastIndexOf(": ", StringComparison.Ordinal) + 2)..])));
    }
}
