using System.Globalization;

namespace Gateway.Relay.Telemetry;

/// <summary>A span of time as a person says it.</summary>
public static class PlainTime
{
    /// <summary>In the largest unit of which there are two at least: <c>40 s</c>, <c>12 m</c>, <c>5 h</c>, <c>3 d</c>; rounded up, so that what is still to come is never 0.</summary>
    public static string Of(TimeSpan span) => span switch
    {
        { TotalMinutes: < 2 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(span.TotalSeconds):0} s"),
        { TotalHours: < 2 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(span.TotalMinutes):0} m"),
        { TotalDays: < 2 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(span.TotalHours):0} h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(span.TotalDays):0} d"),
    };
}
