using System.Globalization;
using System.Text;

namespace Gateway.Logging;

/// <summary>Lines as Postfix writes them, because every log analyser knows them: <c>TIME HOST PROGRAM[PID]: MESSAGE</c>.</summary>
internal sealed class TextLineFormat : LineFormat
{
    private readonly byte[] _source;
    private readonly string? _category;

    /// <summary>Prepares what all lines of a category have in common.</summary>
    public TextLineFormat(LogSource source, string category)
    {
        _source = Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $" {VisibleText.Escape(source.Host)} {VisibleText.Escape(source.Program(category))}[{source.ProcessId}]: "));
        _category = LogSource.IsOwn(category) ? null : category;
    }

    /// <inheritdoc/>
    public override void Write(LogLine line, in LogEvent logged)
    {
        line.AppendTime(logged.Time);
        line.Append(_source);
        line.Append(logged.Level switch
        {
            LogLevel.Warning => "warning: "u8,
            LogLevel.Error => "error: "u8,
            LogLevel.Critical => "fatal: "u8,
            _ => default,
        });
        if (_category is not null)
        {
            line.AppendText(_category);
            line.Append(": "u8);
        }

        line.AppendText(logged.Message);
        if (logged.Exception is not null)
        {
            line.Append(": "u8);
            line.AppendLines(logged.Exception.ToString());
        }

        line.Append("\n"u8);
    }
}
