using System.Collections;
using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Gateway.Logging;

/// <summary>One JSON object per event: what every event has, then its values by their names, then the exception.</summary>
/// <remarks>
/// Promises: names begin with a small letter, as in all JSON we write, whatever the template says. They never collide: a value named like
/// one of the fixed fields is written as <c>state_name</c>, and of two values with one name the first counts. Numbers and truth values stand as such; times and everything else are strings.
/// </remarks>
internal sealed class JsonLineFormat : LineFormat
{
    private const string Template = "{OriginalFormat}";
    private const int DeepestNesting = 4;
    private const int LongestName = 64;

    private static readonly FrozenSet<string> Fixed = FrozenSet.Create(
        StringComparer.Ordinal, "time", "host", "program", "pid", "category", "level", "eventId", "event", "message", "exception");

    private readonly byte[] _source;

    /// <summary>Prepares what all lines of a category have in common.</summary>
    public JsonLineFormat(LogSource source, string category)
    {
        LogLine line = new();
        line.Append("\",\"host\":"u8);
        line.AppendJsonText(source.Host);
        line.Append(",\"program\":"u8);
        line.AppendJsonText(source.Program(category));
        line.Append(",\"pid\":"u8);
        line.TryAppend(source.ProcessId);
        if (!LogSource.IsOwn(category))
        {
            line.Append(",\"category\":"u8);
            line.AppendJsonText(category);
        }

        line.Append(",\"level\":\""u8);
        _source = line.Bytes.ToArray();
    }

    /// <inheritdoc/>
    public override bool WantsState => true;

    /// <inheritdoc/>
    public override void Write(LogLine line, in LogEvent logged)
    {
        line.Append("{\"time\":\""u8);
        line.AppendTime(logged.Time);
        line.Append(_source);
        line.Append(Level(logged.Level));
        line.Append("\""u8);
        if (logged.Event.Id != 0)
        {
            line.Append(",\"eventId\":"u8);
            line.TryAppend(logged.Event.Id);
        }

        if (logged.Event.Name is { Length: > 0 } name)
        {
            line.Append(",\"event\":"u8);
            line.AppendJsonText(name);
        }

        line.Append(",\"message\":"u8);
        line.AppendJsonText(logged.Message);
        WriteState(line, logged.State);
        WriteException(line, logged.Exception);
        line.Append("}\n"u8);
    }

    private static void WriteState(LogLine line, IReadOnlyList<KeyValuePair<string, object?>>? state)
    {
        for (int i = 0; i < (state?.Count ?? 0); i++)
        {
            (string name, object? value) = state![i];
            if (name is Template || IsRepeated(state, i, name))
            {
                continue;
            }

            line.Append(","u8);
            WriteName(line, name);
            line.Append(":"u8);
            WriteValue(line, value, DeepestNesting);
        }
    }

    private static void WriteName(LogLine line, string name)
    {
        Span<char> field = stackalloc char[LongestName];
        ReadOnlySpan<char> given = name.AsSpan(0, Math.Min(name.Length, LongestName));
        given.CopyTo(field);
        field = field[..given.Length];
        if (!field.IsEmpty)
        {
            field[0] = char.ToLowerInvariant(field[0]);
        }

        if (Fixed.GetAlternateLookup<ReadOnlySpan<char>>().Contains(field))
        {
            line.AppendJsonText($"state_{field}");
        }
        else
        {
            line.AppendJsonText(field);
        }
    }

    private static bool IsRepeated(IReadOnlyList<KeyValuePair<string, object?>> state, int before, string name)
    {
        for (int i = 0; i < before; i++)
        {
            if (state[i].Key.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static void WriteValue(LogLine line, object? value, int nesting)
    {
        switch (value)
        {
            case null:
                line.Append("null"u8);
                break;
            case string text:
                line.AppendJsonText(text);
                break;
            case bool truth:
                line.Append(truth ? "true"u8 : "false"u8);
                break;
            case int number:
                line.TryAppend(number);
                break;
            case long number:
                line.TryAppend(number);
                break;
            case double number when double.IsFinite(number):
                line.TryAppend(number);
                break;
            case float number when float.IsFinite(number):
                line.TryAppend(number);
                break;
            case byte or sbyte or short or ushort or uint or ulong or decimal:
                line.Append(Encoding.UTF8.GetBytes(((IFormattable)value).ToString(null, CultureInfo.InvariantCulture)));
                break;
            case DateTimeOffset time:
                line.AppendJsonText(time.ToString("O", CultureInfo.InvariantCulture));
                break;
            case DateTime time:
                line.AppendJsonText(time.ToString("O", CultureInfo.InvariantCulture));
                break;
            case IEnumerable values and not IFormattable when nesting > 0:
                WriteList(line, values, nesting - 1);
                break;
            default:
                line.AppendJsonText(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }

    private static void WriteList(LogLine line, IEnumerable values, int nesting)
    {
        line.Append("["u8);
        bool first = true;
        foreach (object? value in values)
        {
            line.Append(first ? ""u8 : ","u8);
            WriteValue(line, value, nesting);
            first = false;
        }

        line.Append("]"u8);
    }

    private static void WriteException(LogLine line, Exception? exception)
    {
        if (exception is null)
        {
            return;
        }

        line.Append(",\"exception\":{\"type\":"u8);
        line.AppendJsonText(exception.GetType().FullName);
        line.Append(",\"message\":"u8);
        line.AppendJsonText(exception.Message);
        line.Append(",\"stack\":"u8);
        line.AppendJsonText(exception.ToString());
        line.Append("}"u8);
    }

    private static ReadOnlySpan<byte> Level(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace"u8,
        LogLevel.Debug => "debug"u8,
        LogLevel.Information => "information"u8,
        LogLevel.Warning => "warning"u8,
        LogLevel.Error => "error"u8,
        _ => "critical"u8,
    };
}
